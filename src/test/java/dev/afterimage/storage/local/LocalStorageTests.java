package dev.afterimage.storage.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.SecondJvm;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageContract;
import dev.afterimage.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStorageTests extends StorageContract {

    @TempDir
    Path directory;

    private Path root;
    private LocalStorage storage;

    @BeforeEach
    void create() {
        root = directory.resolve("a/storage");
        storage = new LocalStorage(root, 0);
    }

    /** In a directory that is not there yet. */
    @Override
    protected Storage storage(@Nullable Supplier<Optional<UUID>> expected) {
        return new LocalStorage(directory.resolve("a/storage"), 0, expected);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void putWhenDoneHasLeftNothingElse() throws IOException {
        put(storage, "layers/x/y/object", "one");
        try (var unfinished = storage.create()) {
            unfinished.write(bytes("gone"));
        }

        assertThat(files()).containsExactly(root.resolve("layers/x/y/object"));
    }

    @Test
    void deleteWhenTheObjectIsOpenLetsItBeRead() {
        put(storage, "layers/x/object", "still here");
        try (var object = storage.open("layers/x/object")) {
            storage.delete(List.of("layers/x/object"));
            storage.delete(List.of("layers/x/object"));

            assertThat(storage.list("layers/x/")).isEmpty();
            assertThat(read(object)).isEqualTo("still here");
        }
        assertThat(storage.usedBytes()).isZero();
    }

    @Test
    void writeWhenTheQuotaIsUsedUpIsRefused() {
        put(storage, "layers/x/object", "0123456789");
        var limited = new LocalStorage(root, 15);
        try (var writer = limited.create()) {
            writer.write(bytes("12345"));

            assertThatThrownBy(() -> writer.write(bytes("6")))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_FULL));
        }
        assertThat(limited.usedBytes()).isEqualTo(10);
        limited.delete(List.of("layers/x/object"));
        put(limited, "layers/x/object", "0123456789abcde");
    }

    @Test
    void freeBytesAreTheRestOfTheQuotaOrOfTheDisk() throws IOException {
        var limited = new LocalStorage(root, 100);
        put(limited, "layers/a", "0123456789");
        assertThat(limited.usedBytes()).isEqualTo(10);
        assertThat(limited.freeBytes()).isEqualTo(90);
        limited.delete(List.of("layers/a"));
        assertThat(limited.freeBytes()).isEqualTo(100);

        long onDisk = Files.getFileStore(root).getTotalSpace();
        assertThat(storage.freeBytes()).isBetween(1L, onDisk);
        assertThat(new LocalStorage(root, Long.MAX_VALUE).freeBytes()).isBetween(1L, onDisk);
    }

    @Test
    void createWhenTheRootIsAFileSaysUnreachable() throws IOException {
        var file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> new LocalStorage(file, 0).create())
                .isInstanceOfSatisfying(
                        StorageException.Unreachable.class,
                        e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));
    }

    @Test
    void scratchWhenOpenHasNoName() throws IOException {
        try (var scratch = storage.scratch()) {
            scratch.write(bytes("abcdef"));
            var buffer = ByteBuffer.allocate(3);

            scratch.read(2, buffer);

            assertThat(buffer.flip()).isEqualTo(bytes("cde"));
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void removeLeftoversWhenAnObjectIsBeingWrittenHereLeavesIt() throws IOException {
        Files.createDirectories(root.resolve("tmp"));
        Files.writeString(root.resolve("tmp/leftover"), "left");
        try (var writer = storage.create()) {
            writer.write(bytes("in the making"));

            storage.removeLeftovers();
            new LocalStorage(root, 0).removeLeftovers();

            assertThat(storage.usedBytes()).isEqualTo(13);
            writer.put("layers/x/object");
        }
        assertThat(files()).containsExactly(root.resolve("layers/x/object"));
    }

    @Test
    void removeLeftoversWhenAnotherProcessWritesRemovesOnlyAfterItDied() throws Exception {
        var command = SecondJvm.command(64, Writing.class);
        command.add(root.toString());
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("writing");

            storage.removeLeftovers();
            assertThat(files()).hasSize(1);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        }

        storage.removeLeftovers();
        assertThat(files()).isEmpty();
    }

    @Test
    void writesWhenADirectoryIsTakenAwayAreUnreachableAndNoDamage() throws IOException {
        try (var writer = storage.create()) {
            writer.write(bytes("in the making"));
            Files.move(root, directory.resolve("elsewhere"));

            assertThatThrownBy(() -> writer.put("layers/x/object"))
                    .isInstanceOfSatisfying(
                            StorageException.Unreachable.class,
                            e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));
        }
    }

    @Test
    void whenADirectoryCannotBeReadItIsNotEmpty() throws IOException {
        put(storage, "layers/x/object", "0123456789");
        Files.createSymbolicLink(root.resolve("manifests"), directory.resolve("not-mounted"));
        Files.createSymbolicLink(root.resolve("layers/loop"), Path.of("loop"));

        for (var prefix : List.of("manifests/", "manifests/x/", "layers/loop/")) {
            assertThatThrownBy(() -> storage.list(prefix)).as(prefix).isInstanceOf(StorageException.Unreachable.class);
            assertThatThrownBy(() -> storage.folders(prefix))
                    .as(prefix)
                    .isInstanceOf(StorageException.Unreachable.class);
        }
        assertThatThrownBy(() -> storage.open("manifests/x/object")).isInstanceOf(StorageException.Unreachable.class);
        assertThat(storage.isEmpty()).isFalse();
    }

    /** Another process, in the middle of writing an object. */
    static final class Writing {

        public static void main(String[] arguments) throws IOException {
            try (var writer = new LocalStorage(Path.of(arguments[0]), 0).create()) {
                writer.write(bytes("half"));
                System.out.println("writing");
                System.in.read();
            }
        }
    }
}
