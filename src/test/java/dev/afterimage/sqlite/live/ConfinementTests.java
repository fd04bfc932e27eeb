package dev.afterimage.sqlite.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.replace.TargetDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfinementTests {

    /** The kernel stacks no more of them on a thread. */
    private static final int MOST_LAYERS = 16;

    @TempDir
    Path dir;

    @BeforeEach
    void requireLandlock() {
        assumeThat(Confinement.isAvailable()).as("the kernel has Landlock").isTrue();
    }

    @Test
    void workWhenItWritesElsewhereIsRefusedByTheKernel() throws Exception {
        var own = Files.createDirectory(dir.resolve("own"));
        var other = Files.createDirectory(dir.resolve("other"));
        try (var directory = TargetDirectory.open(own)) {
            Confinement.to(own.resolve("target.db"), List.of(directory.descriptor()), _ -> {
                create(own.resolve("file"));
                assertThatThrownBy(() -> Files.createFile(other.resolve("file")))
                        .isInstanceOf(AccessDeniedException.class);
                return own;
            });
        }
        assertThat(own.resolve("file")).exists();
        assertThat(other).isEmptyDirectory();
    }

    @Test
    void workWhenTheKernelRefusesToConfineItIsNotDone() throws Exception {
        var target = dir.resolve("target.db");
        try (var directory = TargetDirectory.open(dir)) {
            assertThatThrownBy(() -> createInside(MOST_LAYERS + 1, target, directory))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            refused -> assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_UNWRITABLE));
        }
        assertThat(target).doesNotExist();
    }

    private static Path createInside(int layers, Path target, TargetDirectory directory) {
        return Confinement.to(target, List.of(directory.descriptor()), _ -> {
            if (layers > 1) {
                return createInside(layers - 1, target, directory);
            }
            return create(target);
        });
    }

    private static Path create(Path file) {
        try {
            return Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
