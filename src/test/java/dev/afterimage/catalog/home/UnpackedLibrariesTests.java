package dev.afterimage.catalog.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.OtherProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteJDBCLoader;

class UnpackedLibrariesTests {

    @TempDir
    Path temporary;

    @TempDir
    Path home;

    @Test
    void startWhenAnEarlierProcessWasKilledRemovesWhatItUnpackedAndNothingElse() throws IOException {
        var ofAnotherHome = Files.createDirectory(temporary.resolve("afterimage-another-1"));
        List<Path> left;
        try (var killed = OtherProcess.start(Loading.class, home, temporary)) {
            killed.awaitLine("loaded");
            killed.kill();
            left = libraries();
            assertThat(left).hasSize(1);
        }
        try (var next = OtherProcess.start(Loading.class, home, temporary)) {
            next.awaitLine("loaded");
            assertThat(libraries()).hasSize(1).doesNotContainAnyElementsOf(left);
            assertThat(left.getFirst().getParent()).doesNotExist();

            next.send("end");
            assertThat(next.awaitExit()).isZero();
        }
        assertThat(temporary).isDirectoryContaining(ofAnotherHome::equals);
        try (var files = Files.list(temporary)) {
            assertThat(files).as("what ends well leaves nothing").hasSize(1);
        }
    }

    private List<Path> libraries() throws IOException {
        try (var files = Files.walk(temporary)) {
            return files.filter(file -> file.getFileName().toString().matches("sqlite-.*(?<!\\.lck)"))
                    .toList();
        }
    }

    /** Unpacks as the service does, where the other processes of the tests are spared that. */
    static final class Loading {

        public static void main(String[] arguments) throws Exception {
            System.clearProperty("org.sqlite.lib.path");
            System.setProperty("java.io.tmpdir", arguments[1]);
            var node = new Node(Path.of(arguments[0]), "node", null);
            new UnpackedLibraries(node, new HomeLock(node));
            SQLiteJDBCLoader.initialize();
            System.out.println("loaded");
            System.in.read();
        }
    }
}
