package dev.afterimage.storage;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link Storage} does; run for each variant. */
public abstract class StorageContract {

    private Storage storage;

    /** The storage of this test, opened once more; empty at first. */
    protected abstract Storage storage(@Nullable Supplier<Optional<UUID>> expected);

    @BeforeEach
    void open() {
        storage = storage(null);
    }

    public static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    public static void put(Storage storage, String key, String text) {
        try (var object = storage.create()) {
            object.write(bytes(text));
            assertThat(object.put(key)).isTrue();
        }
    }

    public static String read(StoredObject object) {
        var buffer = ByteBuffer.allocate((int) object.size());
        object.read(0, buffer);
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }

    @Test
    void putWhenDoneMakesTheObjectVisibleWhole() {
        try (var writer = storage.create()) {
            writer.write(bytes("one"));
            writer.write(bytes(" two"));
            assertThat(writer.written()).isEqualTo(7);
            assertThat(storage.list("layers/x/")).isEmpty();

            writer.put("layers/x/y/object");

            assertThat(storage.list("layers/x/")).hasSize(1);
        }
        try (var object = storage.open("layers/x/y/object")) {
            assertThat(read(object)).isEqualTo("one two");
        }
    }

    @Test
    void putWhenTheKeyIsTakenLeavesWhatHasIt() {
        put(storage, "layers/x/object", "before");
        try (var writer = storage.create()) {
            writer.write(bytes("afterwards"));
            assertThat(writer.put("layers/x/object")).isFalse();
        }
        try (var object = storage.open("layers/x/object")) {
            assertThat(read(object)).isEqualTo("before");
        }
        assertThat(storage.usedBytes()).isEqualTo(6);
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

        storage.delete(List.of("layers/x/a/1"));

        assertThat(storage.folders("layers/x/")).isEmpty();
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
        assertThatThrownBy(() -> storage.delete(List.of(key))).isInstanceOf(IllegalArgumentException.class);
        try (var writer = storage.create()) {
            assertThatThrownBy(() -> writer.put(key)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void identifyWhenSeveralDoGivesTheStorageOneIdentityForEver() throws Exception {
        var ids = Stream.generate(UUID::randomUUID).limit(8).toList();
        try (var threads = Executors.newFixedThreadPool(ids.size())) {
            var winners = threads
                    .invokeAll(ids.stream()
                            .map(id -> (Callable<Boolean>) () -> storage(null).identify(new StorageIdentity(id, null)))
                            .toList())
                    .stream()
                    .map(Future::resultNow)
                    .toList();

            assertThat(winners).containsOnlyOnce(true);
            assertThat(storage.identity()).hasValue(new StorageIdentity(ids.get(winners.indexOf(true)), null));
        }
        assertThat(storage.isEmpty()).isTrue();
    }

    @Test
    void closeWhenNotPutLeavesNothing() {
        try (var writer = storage.create()) {
            writer.write(bytes("gone"));
            assertThat(storage.usedBytes()).isEqualTo(4);
        }

        assertThat(storage.isEmpty()).isTrue();
        assertThat(storage.usedBytes()).isZero();
    }

    @Test
    void putWhenSeveralWantAKeyGivesItToOneOfThemWhole() throws Exception {
        for (int round = 0; round < 20; round++) {
            var key = "manifests/x/" + round;
            var texts = IntStream.range(0, 16)
                    .mapToObj(i -> ("text " + i + " ").repeat(100))
                    .toList();
            try (var threads = Executors.newFixedThreadPool(texts.size())) {
                var winners = threads
                        .invokeAll(texts.stream()
                                .map(text -> (Callable<Boolean>) () -> putIfAbsent(key, text))
                                .toList())
                        .stream()
                        .map(Future::resultNow)
                        .toList();

                assertThat(winners).containsOnlyOnce(true);
                try (var object = storage.open(key)) {
                    assertThat(read(object)).isEqualTo(texts.get(winners.indexOf(true)));
                }
            }
        }
    }

    private boolean putIfAbsent(String key, String text) {
        try (var object = storage(null).create()) {
            object.write(bytes(text));
            return object.put(key);
        }
    }

    @Test
    void listWhenThereAreVeryManyGivesAll() {
        var keys = IntStream.range(0, 1100).mapToObj("layers/x/%04d"::formatted).toList();
        keys.forEach(key -> put(storage, key, "1"));

        assertThat(storage.list("layers/x/")).extracting(ObjectInfo::key).containsExactlyElementsOf(keys);
        storage.delete(keys);
        assertThat(storage.list("layers/")).isEmpty();
        assertThat(storage.usedBytes()).isZero();
    }

    @Test
    void deleteWhenSomeAreNotThereDeletesTheOthers() {
        put(storage, "layers/x/1", "1");
        put(storage, "layers/x/2", "2");

        storage.delete(List.of("layers/x/1", "layers/x/none", "layers/none/2"));
        storage.delete(List.of());

        assertThat(storage.list("layers/")).extracting(ObjectInfo::key).containsExactly("layers/x/2");
    }

    /** Whether the storage finds out what a key has and reads it in one step. */
    protected boolean readsInOneStep() {
        return true;
    }

    /** Whoever has it open gets its bytes or an error, whatever has the key by then. */
    @Test
    void readWhenDeletedMeanwhileNeverGivesOtherBytes() throws Exception {
        var text = "0123456789".repeat(1000);
        for (int round = 0; round < 10; round++) {
            put(storage, "layers/x/object", text);
            var wrong = Collections.synchronizedList(new ArrayList<String>());
            try (var object = storage.open("layers/x/object")) {
                var readers = IntStream.range(0, 4)
                        .mapToObj(i -> Thread.ofPlatform().unstarted(() -> readAgainAndAgain(object, text, wrong)))
                        .toList();
                if (readsInOneStep()) {
                    readers.forEach(Thread::start);
                }
                storage.delete(List.of("layers/x/object"));
                put(storage, "layers/x/object", "x".repeat(text.length()));
                if (!readsInOneStep()) {
                    readers.forEach(Thread::start);
                }
                for (var reader : readers) {
                    reader.join();
                }
            }
            assertThat(wrong).isEmpty();
            storage.delete(List.of("layers/x/object"));
        }
    }

    private static void readAgainAndAgain(StoredObject object, String text, List<String> wrong) {
        for (int i = 0; i < 100; i++) {
            var buffer = ByteBuffer.allocate(100);
            try {
                int read = object.read(i * 90L, buffer);
                var got = new String(buffer.array(), 0, read, StandardCharsets.UTF_8);
                if (!got.equals(text.substring(i * 90, i * 90 + read)) || read < 100) {
                    wrong.add(got);
                }
            } catch (StorageException.Missing e) {
                return; // it is gone, and that is told
            }
        }
    }

    @Test
    void whenItIsMeantToBeAnotherNothingIsWrittenAndNothingIsMissing() {
        put(storage, "layers/x/object", "0123456789");
        storage.identify(new StorageIdentity(UUID.randomUUID(), null));
        var meant = storage(() -> Optional.of(UUID.randomUUID()));

        assertAway(meant::requirePresence);
        assertAway(meant::create);
        assertAway(meant::scratch);
        assertAway(() -> meant.open("layers/x/none"));
        assertAway(() -> meant.list("layers/"));
        assertAway(() -> meant.list("layers/none/"));
        assertAway(() -> meant.folders("manifests/"));
        assertAway(() -> meant.delete(List.of("layers/x/object")));
        assertAway(meant::removeLeftovers);
        assertAway(meant::usedBytes);
        assertAway(meant::freeBytes);
        assertThat(storage.list("layers/")).extracting(ObjectInfo::key).containsExactly("layers/x/object");
    }

    private static void assertAway(ThrowingCallable work) {
        assertThatThrownBy(work)
                .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE))
                .hasMessageStartingWith("There is ");
    }
}
