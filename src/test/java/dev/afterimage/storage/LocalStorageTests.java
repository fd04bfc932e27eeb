package dev.afterimage.storage;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.SecondJvm;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalStorageTests {

    @TempDir
    Path directory;

    private Path root;
    private LocalStorage storage;

    @BeforeEach
    void create() {
        root = directory.resolve("a/storage");
        storage = new LocalStorage(root, 0);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void put(LocalStorage storage, String key, String text) {
        try (var writer = storage.create()) {
            writer.write(bytes(text));
            writer.publish(key);
        }
    }

    private static String read(StoredObject object) {
        var buffer = ByteBuffer.allocate((int) object.size());
        object.read(0, buffer);
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void publishWhenDoneMakesTheObjectVisibleWhole() throws IOException {
        try (var writer = storage.create()) {
            writer.write(bytes("one"));
            writer.write(bytes(" two"));
            assertThat(writer.written()).isEqualTo(7);
            assertThat(storage.list("layers/x/")).isEmpty();

            writer.publish("layers/x/y/object");

            assertThat(storage.list("layers/x/")).hasSize(1);
        }
        try (var object = storage.open("layers/x/y/object")) {
            assertThat(read(object)).isEqualTo("one two");
        }
        assertThat(files()).containsExactly(root.resolve("layers/x/y/object"));
    }

    @Test
    void publishWhenTheKeyIsTakenReplacesIt() {
        put(storage, "layers/x/object", "before");
        try (var before = storage.open("layers/x/object")) {
            put(storage, "layers/x/object", "afterwards");

            assertThat(read(before)).isEqualTo("before");
        }
        try (var after = storage.open("layers/x/object")) {
            assertThat(read(after)).isEqualTo("afterwards");
        }
        assertThat(storage.usedBytes()).isEqualTo(10);
    }

    @Test
    void closeWhenNotPublishedLeavesNothing() throws IOException {
        try (var writer = storage.create()) {
            writer.write(bytes("gone"));
            assertThat(storage.usedBytes()).isEqualTo(4);
        }

        assertThat(files()).isEmpty();
        assertThat(storage.usedBytes()).isZero();
    }

    @Test
    void readWhenPositionedGivesThoseBytes() {
        put(storage, "layers/x/object", "0123456789");
        try (var object = storage.open("layers/x/object")) {
            var buffer = ByteBuffer.allocate(4);

            assertThat(object.read(3, buffer)).isEqualTo(4);
            assertThat(buffer.flip()).isEqualTo(bytes("3456"));
            assertThat(object.read(8, buffer.clear())).isEqualTo(2);
            assertThat(object.read(10, buffer.clear())).isZero();
            assertThat(object.size()).isEqualTo(10);
        }
    }

    @Test
    void openWhenThereIsNoneSaysMissing() {
        assertThatThrownBy(() -> storage.open("layers/x/object")).isInstanceOf(StorageException.Missing.class);
    }

    @Test
    void listWhenThereAreObjectsGivesThoseUnderThePrefixByKey() {
        put(storage, "layers/x/b/2", "22");
        put(storage, "layers/x/a/1", "1");
        put(storage, "layers/xy/a/1", "1");
        put(storage, "layers/x/b/1", "");

        assertThat(storage.list("layers/x/"))
                .extracting(ObjectInfo::key)
                .containsExactly("layers/x/a/1", "layers/x/b/1", "layers/x/b/2");
        assertThat(storage.list("layers/x/b/")).extracting(ObjectInfo::bytes).containsExactly(0L, 2L);
        assertThat(storage.list("layers/z/")).isEmpty();
        assertThat(storage.folders("layers/x/")).containsExactly("a", "b");
        assertThat(storage.folders("layers/x/a/")).isEmpty();
    }

    @Test
    void foldersWhenAFolderHasBecomeEmptyLeavesItOut() {
        put(storage, "layers/x/a/1", "1");

        storage.delete("layers/x/a/1");

        assertThat(storage.folders("layers/x/")).isEmpty();
    }

    @Test
    void deleteWhenTheObjectIsOpenLetsItBeRead() {
        put(storage, "layers/x/object", "still here");
        try (var object = storage.open("layers/x/object")) {
            storage.delete("layers/x/object");
            storage.delete("layers/x/object");

            assertThat(storage.list("layers/x/")).isEmpty();
            assertThat(read(object)).isEqualTo("still here");
        }
        assertThat(storage.usedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "object",
                "elsewhere/object",
                "/x/object",
                "../object",
                "layers/x/../../object",
                "layers/x//object",
                "layers/x/.hidden",
                "tmp/object",
                "layers/x/"
            })
    void openWhenTheKeyCouldLeaveTheStorageIsRefused(String key) {
        assertThatThrownBy(() -> storage.open(key)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> storage.delete(key)).isInstanceOf(IllegalArgumentException.class);
        try (var writer = storage.create()) {
            assertThatThrownBy(() -> writer.publish(key)).isInstanceOf(IllegalArgumentException.class);
        }
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
        limited.delete("layers/x/object");
        put(limited, "layers/x/object", "0123456789abcde");
    }

    @Test
    void freeBytesAreTheRestOfTheQuotaOrOfTheDisk() throws IOException {
        var limited = new LocalStorage(root, 100);
        put(limited, "layers/a", "0123456789");
        assertThat(limited.usedBytes()).isEqualTo(10);
        assertThat(limited.freeBytes()).isEqualTo(90);
        limited.delete("layers/a");
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
            writer.publish("layers/x/object");
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

            assertThatThrownBy(() -> writer.publish("layers/x/object"))
                    .isInstanceOfSatisfying(
                            StorageException.Unreachable.class,
                            e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));
        }
    }

    @Test
    void identifyWhenSeveralDoGivesTheStorageOneIdentityForEver() throws Exception {
        var ids = Stream.generate(UUID::randomUUID).limit(8).toList();
        try (var threads = Executors.newFixedThreadPool(ids.size())) {
            var winners = threads
                    .invokeAll(ids.stream()
                            .map(id -> (Callable<Boolean>)
                                    () -> new LocalStorage(root, 0).identify(new StorageIdentity(id)))
                            .toList())
                    .stream()
                    .map(Future::resultNow)
                    .toList();

            assertThat(winners).containsOnlyOnce(true);
            assertThat(storage.identity()).hasValue(new StorageIdentity(ids.get(winners.indexOf(true))));
        }
        assertThat(files()).containsExactly(root.resolve("repository.json"));
    }

    @Test
    void whenItIsMeantToBeAnotherNothingIsWrittenAndNothingIsMissing() throws IOException {
        put(storage, "layers/x/object", "0123456789");
        storage.identify(new StorageIdentity(UUID.randomUUID()));
        var meant = new LocalStorage(root, 0, () -> Optional.of(UUID.randomUUID()));
        var before = files();

        assertAway(meant::requirePresence);
        assertAway(meant::create);
        assertAway(meant::scratch);
        assertAway(() -> meant.open("layers/x/none"));
        assertAway(() -> meant.list("layers/"));
        assertAway(() -> meant.list("layers/none/"));
        assertAway(() -> meant.folders("manifests/"));
        assertAway(() -> meant.hasFolder("manifests/x/"));
        assertAway(() -> meant.delete("layers/x/object"));
        assertAway(() -> meant.touch("layers/x/none", Instant.now()));
        assertAway(meant::removeLeftovers);
        assertAway(meant::usedBytes);
        assertAway(meant::freeBytes);
        assertThat(files()).isEqualTo(before);
    }

    private static void assertAway(ThrowingCallable work) {
        assertThatThrownBy(work)
                .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE))
                .hasMessageStartingWith("There is ");
    }

    @Test
    void whenADirectoryCannotBeReadItIsNotEmpty() throws IOException {
        put(storage, "layers/x/object", "0123456789");
        Files.createSymbolicLink(root.resolve("manifests"), directory.resolve("not-mounted"));
        Files.createSymbolicLink(root.resolve("layers/loop"), Path.of("loop"));

        for (var prefix : List.of("manifests/", "manifests/x/", "layers/loop/")) {
            assertThatThrownBy(() -> storage.list(prefix)).as(prefix).isInstanceOf(StorageException.Unreachable.class);
            assertThatThrownBy(() -> storage.hasFolder(prefix))
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
