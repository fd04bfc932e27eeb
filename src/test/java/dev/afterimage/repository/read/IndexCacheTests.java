package dev.afterimage.repository.read;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.PageArrays;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Sealing;
import dev.afterimage.repository.TestRepositories;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node keeps of layers on a storage of which each read takes a round trip. */
@ParameterizedClass
@EnumSource
class IndexCacheTests {

    private static final int PIECE_BYTES = 1000;
    private static final int LAYERS = 12;

    @Parameter
    Sealing sealing;

    @TempDir
    Path root;

    @TempDir
    Path kept;

    private final PageArrays pages = PageArrays.of(4096, 600, 1);
    private final Queue<FaultyStorage.Call> calls = new ConcurrentLinkedQueue<>();
    private final List<Consumer<FaultyStorage.Call>> faults = new ArrayList<>();
    private Vault vault;
    private Manifest snapshot;

    @BeforeEach
    void save() {
        var storage = FaultyStorage.far(new LocalStorage(root, 0), call -> {
            calls.add(call);
            faults.forEach(fault -> fault.accept(call));
        });
        vault = sealing.vault(storage);
        vault.identify(UUID.randomUUID());
        vault.codec();
        var writing = repository(IndexCache.none());
        snapshot = save(writing, null);
        for (int page = 2; snapshot.layers().size() < LAYERS; page++) {
            pages.write(page * 7, page);
            snapshot = save(writing, snapshot);
        }
        calls.clear();
    }

    private Manifest save(Repository repository, @Nullable Manifest parent) {
        try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.any());
        }
    }

    private Repository repository(IndexCache indexes) {
        return new Repository(vault, indexes, Duration.ZERO, databaseId -> Set.of(), Clock.systemUTC());
    }

    /** As of a service that has just started. */
    private Repository keeping() {
        return repository(new IndexCache(kept, 1 << 20, PIECE_BYTES));
    }

    private long layerReads() {
        return calls.stream()
                .filter(call -> call.what().startsWith(ObjectKeys.LAYERS))
                .count();
    }

    private void open(Repository repository) throws IOException {
        try (var reader = repository.open(NewSnapshots.DATABASE, snapshot.id())) {
            reader.pageDigest(1);
        }
    }

    private void assertContent(Repository repository) throws IOException {
        assertThat(TestRepositories.content(repository, snapshot)).isEqualTo(pages.bytes());
    }

    private Map<String, byte[]> pieces() throws IOException {
        var pieces = new TreeMap<String, byte[]>();
        try (var files = Files.list(kept)) {
            for (var file : files.toList()) {
                pieces.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return pieces;
    }

    /** Byte by byte what the storage has. */
    private void assertPiecesAreTails() throws IOException {
        var pieces = pieces();
        for (var layer : snapshot.layers()) {
            var object = Files.readAllBytes(path(layer));
            var tail = ByteBuffer.allocate((int) layer.indexBytes());
            int number = 0;
            for (var piece = pieces.get(layer.id() + ".0");
                    piece != null;
                    piece = pieces.get(layer.id() + "." + ++number)) {
                tail.put(piece);
            }
            assertThat(tail.array())
                    .isEqualTo(Arrays.copyOfRange(object, object.length - tail.capacity(), object.length));
        }
    }

    private Path path(LayerRef layer) {
        return root.resolve(ObjectKeys.layer(NewSnapshots.DATABASE, layer.id()));
    }

    @Test
    void openWhenIndexesAreKeptReadsTheManifestAlone() throws IOException {
        var repository = keeping();
        open(repository);
        assertContent(repository);
        calls.clear();

        open(repository);
        assertThat(calls).extracting(FaultyStorage.Call::method).containsExactly("read");
        calls.clear();

        open(keeping());
        assertThat(calls)
                .as("by who has just begun, and reads the database's compactions")
                .extracting(FaultyStorage.Call::method)
                .containsExactly("read", "list");
    }

    @Test
    void openWhenNothingIsKeptReadsEachTailOnce() throws IOException {
        open(repository(IndexCache.in(kept, 1 << 20)));

        assertThat(layerReads()).isEqualTo(LAYERS);
        assertPiecesAreTails();
    }

    @Test
    void openWhenTailsHaveSeveralPiecesKeepsThoseThatItNeeds() throws IOException {
        open(keeping());
        assertThat(pieces()).hasSizeGreaterThan(LAYERS);

        assertContent(keeping());

        assertPiecesAreTails();
    }

    @Test
    void openWhenLayersAreFarAsksForSeveralAtATime() throws Exception {
        var together = new CountDownLatch(8);
        faults.add(call -> {
            if (call.what().startsWith(ObjectKeys.LAYERS)) {
                together.countDown();
                try {
                    assertThat(together.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });

        open(keeping());
    }

    @Test
    void readWhenAnyPieceIsOtherThanWrittenGivesWhatWasWritten() throws IOException {
        assertContent(keeping());
        for (var piece : pieces().entrySet()) {
            var file = kept.resolve(piece.getKey());
            var bytes = piece.getValue();
            for (int at = 0; at < bytes.length; at += 487) {
                bytes[at] ^= 8;
                Files.write(file, bytes);
                bytes[at] ^= 8;
                assertContent(keeping());
            }
            Files.write(file, new byte[0]);
            assertContent(keeping());
            Files.write(file, new byte[bytes.length + 1]);
            assertContent(keeping());
            Files.deleteIfExists(file);
            assertContent(keeping());
        }
        assertContent(keeping());
        assertPiecesAreTails();
    }

    @Test
    void readWhenPiecesAreSwappedGivesWhatWasWritten() throws IOException {
        assertContent(keeping());
        var names = List.copyOf(pieces().keySet());
        for (int i = 1; i < names.size(); i++) {
            Files.copy(kept.resolve(names.getFirst()), kept.resolve("other"));
            Files.move(kept.resolve("other"), kept.resolve(names.get(i)), REPLACE_EXISTING);
        }

        assertContent(keeping());
    }

    @Test
    void keepWhenThereIsMoreThanItMayHaveDropsWhatWasNotNeededLongest() throws IOException {
        var repository = repository(new IndexCache(kept, 5 * 4096, PIECE_BYTES));

        assertContent(repository);

        var full = snapshot.layers().getFirst(); // of which the last pages are read last
        assertThat(pieces())
                .hasSizeLessThanOrEqualTo(5)
                .containsKey(full.id() + "." + (full.indexBytes() - 1) / PIECE_BYTES);
    }

    @Test
    void keepWhenItHadMoreBeforeThanItMayHaveNowDropsTheOldest() throws IOException {
        assertContent(keeping());
        var before = pieces().keySet();
        for (var name : before) {
            var isOld = !name.startsWith(snapshot.layers().getFirst().id().toString());
            Files.setLastModifiedTime(kept.resolve(name), FileTime.fromMillis(isOld ? 1_000 : 2_000_000));
        }
        long ofFirst = before.stream()
                .filter(name ->
                        name.startsWith(snapshot.layers().getFirst().id().toString()))
                .count();

        try (var cache = new IndexCache(kept, ofFirst * 4096, PIECE_BYTES)
                .find(snapshot.layers().getFirst().id(), 0)
                .orElseThrow()) {
            assertThat(cache.size()).isPositive();
        }

        assertThat(pieces().keySet())
                .hasSize((int) ofFirst)
                .allMatch(name ->
                        name.startsWith(snapshot.layers().getFirst().id().toString()));
    }

    @Test
    void readWhenTheDirectoryIsGoneReadsFromTheStorage() throws IOException {
        var repository = keeping();
        open(repository);
        for (var name : pieces().keySet()) {
            Files.delete(kept.resolve(name));
        }
        Files.delete(kept);

        assertContent(repository);

        Files.createDirectory(kept);
    }

    @Test
    void beginWhenAProcessDiedRemovesWhatItDidNotFinish() throws IOException {
        var unfinished = Files.write(kept.resolve("x.new"), new byte[10]);
        var foreign = Files.write(kept.resolve("lost+found"), new byte[10]);

        open(keeping());

        assertThat(unfinished).doesNotExist();
        assertThat(foreign).exists();
    }

    @Test
    void saveWhenIndexesAreKeptReadsNoLayer() throws IOException {
        var repository = keeping();
        assertContent(repository);
        calls.clear();
        pages.write(9, 77);

        var next = save(repository, snapshot);

        assertThat(calls).filteredOn(call -> call.method().equals("read")).isEmpty();
        assertThat(TestRepositories.content(keeping(), next)).isEqualTo(pages.bytes());
    }

    @Test
    void readWhenALayerIsGoneSaysSoAlthoughItsIndexIsKept() throws IOException {
        assertContent(keeping());
        var gone = snapshot.layers().get(3);
        Files.delete(path(gone));

        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> TestRepositories.content(keeping(), snapshot))
                .satisfies(damage -> assertThat(damage.layerId()).isEqualTo(gone.id()))
                .withMessageContaining("it is missing");
        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> keeping().proveStored(snapshot, ids(snapshot.layers()), PageProgress.NONE))
                .satisfies(damage -> assertThat(damage.layerId()).isEqualTo(gone.id()))
                .withMessageContaining("it is missing");
    }

    @Test
    void proveStoredWhenTheLastLayerIsFlippedTellsAlthoughItsIndexIsKept() throws IOException {
        assertContent(keeping());
        var last = snapshot.layers().getLast();
        var before = snapshot.layers().subList(0, LAYERS - 1);
        var bytes = Files.readAllBytes(path(last));
        for (int at = 0; at < bytes.length; at += 53) {
            bytes[at] ^= 2;
            Files.write(path(last), bytes);
            bytes[at] ^= 2;
            assertThatExceptionOfType(SnapshotDamagedException.class)
                    .as("byte %d of %d", at, bytes.length)
                    .isThrownBy(() -> keeping().proveStored(snapshot, ids(before), PageProgress.NONE));
        }
        Files.write(path(last), bytes);
        keeping().proveStored(snapshot, ids(before), PageProgress.NONE);
    }

    @Test
    void openWhenALayerCannotBeReadTellsWhich() {
        var unreadable = snapshot.layers().get(5);
        faults.add(call -> {
            if (call.what().endsWith(unreadable.id().toString())) {
                throw FaultyStorage.failure();
            }
        });

        assertThatExceptionOfType(SnapshotUnreadableException.class)
                .isThrownBy(() -> open(keeping()))
                .satisfies(failure -> assertThat(failure.layerId()).isEqualTo(unreadable.id()));
    }

    private static Set<UUID> ids(List<LayerRef> layers) {
        return layers.stream().map(LayerRef::id).collect(Collectors.toSet());
    }
}
