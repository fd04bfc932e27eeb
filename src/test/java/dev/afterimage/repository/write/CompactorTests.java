package dev.afterimage.repository.write;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.problem.ProblemException;
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
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that are left over for several snapshots when others went. */
@ParameterizedClass
@EnumSource(Sealing.class)
class CompactorTests {

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final int PAGES = 400;

    @Parameter
    Sealing sealing;

    @TempDir
    Path directory;

    private final PageArrays pages = PageArrays.of(1024, PAGES, 1);
    private final Map<Manifest, byte[]> contents = new LinkedHashMap<>();
    private Path root;
    private LocalStorage storage;
    private Repository repository;

    /** Seven snapshots, each of which changes the same hundred pages, and one more. */
    @BeforeEach
    void save() {
        root = directory.resolve("repository");
        storage = new LocalStorage(root, 0);
        repository = sealing.on(storage);
        for (int i = 0; i < 7; i++) {
            int state = i;
            IntStream.rangeClosed(1, i == 0 ? 0 : 100).forEach(page -> pages.write(page * 2, 50 + state));
            pages.write(300 + i, 9);
            saveNext(repository);
        }
    }

    private Manifest saveNext(Repository by) {
        var parent = contents.isEmpty() ? null : manifests().getLast();
        try (var writer = by.begin(DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            var manifest = writer.publish(NewSnapshots.any());
            contents.put(manifest, pages.bytes());
            return manifest;
        }
    }

    /** As they were written, however their layers have changed since. */
    private List<Manifest> manifests() {
        return List.copyOf(contents.keySet());
    }

    private void delete(int... numbers) {
        var manifests = manifests();
        for (int number : numbers) {
            TestRepositories.delete(repository, DATABASE, manifests.get(number).id());
            contents.remove(manifests.get(number));
        }
    }

    private Compacted compact() {
        return repository.compact(DATABASE, PageProgress.NONE);
    }

    private List<LayerRef> layersNow(Repository by, int number) {
        return by.find(DATABASE, manifests().get(number).id()).orElseThrow().layers();
    }

    /** To who has old manifests in hand, and to who begins anew. */
    private void assertContents() throws IOException {
        for (var by : List.of(repository, sealing.on(new LocalStorage(root, 0)))) {
            for (var snapshot : contents.entrySet()) {
                assertThat(TestRepositories.content(by, snapshot.getKey())).isEqualTo(snapshot.getValue());
                var found = by.find(DATABASE, snapshot.getKey().id()).orElseThrow();
                assertThat(TestRepositories.content(by, found)).isEqualTo(snapshot.getValue());
                by.proveStored(found, Set.of(), PageProgress.NONE);
            }
        }
    }

    private Path compactions() {
        return root.resolve("compactions/" + DATABASE);
    }

    private List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void compactWhenSnapshotsWentStoresWhatTheOthersHaveTogetherAsOneLayer() throws IOException {
        delete(1, 2, 4, 5);
        TestRepositories.sweep(repository);
        long before = repository.usage(DATABASE).bytes();

        var compacted = compact();

        // 0 has its own layer; 3 and 6 have those of 1 to 3 together, 6 alone those of 4 to 6.
        assertThat(layersNow(repository, 0)).hasSize(1);
        assertThat(layersNow(repository, 1)).hasSize(2);
        assertThat(layersNow(repository, 2)).hasSize(3);
        assertContents();
        TestRepositories.sweep(repository);
        assertThat(before - repository.usage(DATABASE).bytes())
                .isEqualTo(compacted.bytesReplaced() - compacted.bytesWritten())
                .isPositive();
        assertThat(repository.layers(DATABASE)).hasSize(3);
        assertContents();
    }

    @Test
    void compactWhenAllSnapshotsHaveTheirLayersStoresOneForAll() throws IOException {
        delete(0, 1, 2, 3, 4);

        compact();
        TestRepositories.sweep(repository);

        assertThat(layersNow(repository, 0)).extracting(LayerRef::pages).containsExactly((long) PAGES);
        assertThat(layersNow(repository, 1))
                .hasSize(2)
                .startsWith(layersNow(repository, 0).getFirst());
        assertContents();
    }

    @Test
    void compactWhenThereIsNothingToSaveDoesNothing() throws IOException {
        assertThat(compact()).isEqualTo(Compacted.NOTHING);

        delete(1, 2, 4, 5);
        assertThat(compact()).isNotEqualTo(Compacted.NOTHING);
        assertThat(compact()).isEqualTo(Compacted.NOTHING);
        assertThat(files(compactions())).hasSize(2);
    }

    @Test
    void compactWhenItWasCompactedBeforeGoesOnFromThere() throws IOException {
        delete(1);
        compact();
        TestRepositories.sweep(repository);
        delete(1);
        compact();
        TestRepositories.sweep(repository);
        delete(0, 1);
        compact();
        TestRepositories.sweep(repository);

        assertThat(repository.layers(DATABASE)).hasSizeLessThan(4);
        assertContents();
        pages.write(17, 3);
        saveNext(repository);
        assertContents();
    }

    @Test
    void compactWhenNoManifestNamesCompactedLayersDropsTheCompaction() throws IOException {
        delete(1, 2, 4, 5);
        compact();
        TestRepositories.sweep(repository);
        pages.write(4, 99);
        saveNext(repository);
        assertThat(files(compactions())).hasSize(2);
        delete(0, 1, 2);

        compact();
        TestRepositories.sweep(repository);

        // The last snapshot was written when its layers were compacted already.
        assertThat(files(compactions())).hasSizeLessThan(2);
        assertContents();
    }

    @Test
    void deleteWhenTheLastSnapshotGoesLeavesNothing() throws IOException {
        delete(1, 2, 4, 5);
        compact();
        TestRepositories.sweep(repository);

        delete(0, 1, 2);

        assertThat(repository.usage(DATABASE).bytes()).isZero();
    }

    @Test
    void compactWhenAManifestIsNotThereDoesNothing() throws IOException {
        delete(1, 2, 4, 5);
        var missing = UUID.randomUUID();
        var expecting = new Repository(
                sealing.vault(storage), IndexCache.none(), Duration.ZERO, _ -> Set.of(missing), Clock.systemUTC());

        assertThat(expecting.compact(DATABASE, PageProgress.NONE)).isEqualTo(Compacted.NOTHING);
        assertThat(files(compactions())).isEmpty();
    }

    @Test
    void compactWhenALayerIsDamagedLeavesAllAsItWas() throws IOException {
        delete(1, 2, 4, 5);
        var layer = root.resolve(
                ObjectKeys.layer(DATABASE, layersNow(repository, 2).get(5).id()));
        var bytes = Files.readAllBytes(layer);
        for (int at = 70; at < bytes.length; at += bytes.length / 9) {
            bytes[at] ^= 1;
            Files.write(layer, bytes);
            bytes[at] ^= 1;
            assertThatThrownBy(this::compact).isInstanceOf(SnapshotDamagedException.class);
        }
        Files.write(layer, bytes);
        TestRepositories.sweep(repository);
        assertContents();
        compact();
        assertContents();
    }

    @Test
    void compactWhenItIsCancelledLeavesAllAsItWas() throws IOException {
        delete(1, 2, 4, 5);
        long before = TestRepositories.bytes(root);

        assertThatThrownBy(() -> repository.compact(DATABASE, (done, total) -> {
                    throw new CancellationException("enough");
                }))
                .isInstanceOf(CancellationException.class);

        assertThat(TestRepositories.bytes(root)).isEqualTo(before);
        assertContents();
    }

    @Test
    void compactWhenTheStorageHasNoRoomToSpareDoesNothing() throws IOException {
        delete(1, 2, 4, 5);
        var full = sealing.on(new LocalStorage(root, TestRepositories.bytes(root) + 10_000));

        assertThat(full.compact(DATABASE, PageProgress.NONE)).isEqualTo(Compacted.NOTHING);
        assertContents();
    }

    @Test
    void compactWhenAnyCallOfTheStorageFailsLeavesAllSnapshotsWhole() throws IOException {
        delete(1, 2, 4, 5);
        var left = new AtomicInteger(Integer.MAX_VALUE);
        var failing = new Repository(
                sealing.vault(faulty(call -> {
                    if (left.decrementAndGet() == 0) {
                        throw FaultyStorage.failure();
                    }
                })),
                Clock.systemUTC());
        failing.requirePresence();
        int calls = 0;
        do {
            left.set(++calls);
            try {
                failing.compact(DATABASE, PageProgress.NONE);
            } catch (ProblemException e) {
                assertThat(left).hasNonPositiveValue();
            }
            assertContents();
        } while (left.get() <= 0);
        assertThat(calls).isGreaterThan(30);
        TestRepositories.sweep(repository);
        assertContents();
    }

    @Test
    void compactWhenAnotherProcessCompactsTheSameLayersKeepsOneOfBoth() throws IOException {
        delete(1, 2, 4, 5);
        var other = sealing.on(new LocalStorage(root, 0));

        compactBeside("put", "compactions/", () -> other.compact(DATABASE, PageProgress.NONE));

        TestRepositories.sweep(repository);
        assertThat(repository.layers(DATABASE)).hasSize(3);
        assertContents();
    }

    @Test
    void compactWhenAnotherProcessPublishesASnapshotMeanwhileKeepsItsLayers() throws IOException {
        delete(1, 2, 4, 5);
        var other = sealing.on(new LocalStorage(root, 0));

        compactBeside("put", "compactions/", () -> {
            pages.write(33, 44);
            saveNext(other);
        });

        TestRepositories.sweep(repository);
        assertContents();
    }

    @Test
    void compactWhenItSleptSoLongThatOthersDeletedItsLayerTakesItBack() throws IOException {
        delete(1, 2, 4, 5);
        var clock = new TestClock();
        var before =
                repository.layers(DATABASE).stream().map(layer -> layer.id()).toList();
        var happened = new AtomicBoolean();
        var sleeping = faulty(call -> {
            if (call.method().equals("put")
                    && call.what().startsWith("compactions/")
                    && happened.compareAndSet(false, true)) {
                clock.advance(Duration.ofHours(2));
                var unnamed = repository.layers(DATABASE).stream()
                        .map(layer -> layer.id())
                        .filter(id -> !before.contains(id))
                        .toList();
                repository.settle(DATABASE, unnamed, unnamed);
            }
        });
        var slept =
                new Repository(sealing.vault(sleeping), IndexCache.none(), Duration.ofHours(1), _ -> Set.of(), clock);

        slept.compact(DATABASE, PageProgress.NONE);

        assertThat(happened).isTrue();
        assertContents();
        TestRepositories.sweep(repository);
        assertContents();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void publishWhenItsLayersWereCompactedAndDeletedBesideItIsWholeOrRefused(int sweeps) throws IOException {
        delete(0, 1, 2, 3, 4, 5);
        var parent = manifests().getLast();
        var marked = layerIds();
        var beside = beside("put", "manifests/", () -> {
            assertThat(compact()).isNotEqualTo(Compacted.NOTHING);
            repository.delete(DATABASE, List.of(parent.id()));
            contents.clear();
            for (int i = 0; i < sweeps; i++) {
                repository.settle(DATABASE, marked, marked);
            }
        });
        pages.write(11, 77);
        try (var writer = beside.begin(DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            contents.put(writer.publish(NewSnapshots.any()), pages.bytes());
        } catch (SnapshotDamagedException e) {
            assertThat(sweeps).isEqualTo(2);
        }

        assertThat(repository.snapshotIds(DATABASE)).hasSize(sweeps == 2 ? 0 : 1);
        assertContents();
        TestRepositories.sweep(repository);
        TestRepositories.sweep(repository);
        assertContents();
    }

    @Test
    void compactWhenItsLayerIsDeletedRightBeforeItIsPublishedTakesItBack() throws IOException {
        delete(1, 2, 4, 5);
        var before = layerIds();

        compactBeside("put", "compactions/", () -> {
            var unnamed = layerIds();
            unnamed.removeAll(before);
            repository.settle(DATABASE, unnamed, unnamed);
        });

        assertThat(files(compactions())).hasSizeLessThan(2);
        TestRepositories.sweep(repository);
        assertContents();
    }

    private Set<UUID> layerIds() {
        return repository.layers(DATABASE).stream().map(Layers.Stored::id).collect(Collectors.toSet());
    }

    @Test
    void openWhenItsLayersAreCompactedAgainAndAgainFindsThem() throws IOException {
        var compacted = new AtomicInteger();
        var beside = new Repository(
                sealing.vault(faulty(call -> {
                    if (call.method().equals("open") && compacted.get() < 3) {
                        delete(manifests().size() - 3);
                        compact();
                        TestRepositories.sweep(repository);
                        compacted.incrementAndGet();
                    }
                })),
                Clock.systemUTC());
        var last = manifests().getLast();

        assertThat(TestRepositories.content(beside, last)).isEqualTo(contents.get(last));
        assertThat(compacted).hasValue(3);
    }

    @Test
    void settleWhenTheListLacksACompactionDeletesNothing() throws IOException {
        delete(1, 2, 4, 5);
        compact();
        TestRepositories.sweep(repository);
        for (var lacking : files(compactions())) {
            var shortened = new Repository(
                    sealing.vault(FaultyStorage.listing(
                            storage,
                            object ->
                                    !object.key().endsWith(lacking.getFileName().toString()))),
                    Clock.systemUTC());

            assertThat(shortened.unnamedLayers(DATABASE)).isEmpty();
            assertThat(shortened.settle(DATABASE, layerIds(), layerIds())).isEmpty();
            for (var snapshot : contents.entrySet()) {
                assertThat(TestRepositories.content(shortened, snapshot.getKey()))
                        .isEqualTo(snapshot.getValue());
            }
        }
        assertContents();
    }

    @Test
    void settleWhenACompactionCannotBeReadTheSecondTimeKeepsWhatItLeadsTo() throws IOException {
        delete(1);
        compact();
        TestRepositories.sweep(repository);
        delete(1);
        compact();
        TestRepositories.sweep(repository);
        var compactions = files(compactions());
        assertThat(compactions).hasSizeGreaterThan(1);
        for (int failing = 1; failing <= 3 * compactions.size(); failing++) {
            var left = new AtomicInteger(failing);
            var away = new Repository(
                    sealing.vault(faulty(call -> {
                        if (call.what().startsWith("compactions/")
                                && call.method().equals("read")
                                && left.decrementAndGet() == 0) {
                            throw FaultyStorage.failure();
                        }
                    })),
                    Clock.systemUTC());
            away.settle(DATABASE, Set.of(), Set.of());
            assertContents();
        }
    }

    private Storage faulty(Consumer<FaultyStorage.Call> before) {
        return new FaultyStorage(storage, before);
    }

    private static Consumer<FaultyStorage.Call> once(String method, String what, Runnable work) {
        var happened = new AtomicBoolean();
        return call -> {
            if (call.method().equals(method) && call.what().startsWith(what) && happened.compareAndSet(false, true)) {
                work.run();
            }
        };
    }

    /** Another process, beside which something happens once, right before it calls the storage. */
    private Repository beside(String method, String what, Runnable work) {
        return new Repository(sealing.vault(faulty(once(method, what, work))), Clock.systemUTC());
    }

    private void compactBeside(String method, String what, Runnable work) throws IOException {
        var happened = new AtomicBoolean();
        beside(method, what, () -> {
                    happened.set(true);
                    work.run();
                })
                .compact(DATABASE, PageProgress.NONE);
        assertThat(happened).isTrue();
        assertContents();
    }

    @Test
    void readWhenACompactionIsDamagedGivesNoWrongByteAndDeletesNothing() throws IOException {
        delete(1, 2, 4, 5);
        compact();
        TestRepositories.sweep(repository);
        for (var file : files(compactions())) {
            var bytes = Files.readAllBytes(file);
            for (int at = 0; at < bytes.length; at += 41) {
                bytes[at] ^= 1;
                Files.write(file, bytes);
                bytes[at] ^= 1;
                var reading = sealing.on(new LocalStorage(root, 0));
                assertThat(reading.unnamedLayers(DATABASE)).isEmpty();
                assertThat(reading.list(DATABASE).unreadable()).hasSize(1);
                assertThat(reading.compact(DATABASE, PageProgress.NONE)).isEqualTo(Compacted.NOTHING);
                for (var snapshot : contents.entrySet()) {
                    assertRightOrRefused(reading, snapshot.getKey(), snapshot.getValue());
                }
            }
            Files.write(file, bytes);
        }
        assertContents();
    }

    private static void assertRightOrRefused(Repository reading, Manifest snapshot, byte[] content) throws IOException {
        try {
            assertThat(TestRepositories.content(reading, snapshot)).isEqualTo(content);
        } catch (UnusableSnapshotException e) {
            assertThat(e).hasMessageContaining(snapshot.id().toString());
        }
    }

    @Test
    void findWhenACompactionCannotBeReadSaysSoInsteadOfDamage() throws IOException {
        delete(1, 2, 4, 5);
        compact();
        TestRepositories.sweep(repository);
        var away = new Repository(
                sealing.vault(faulty(call -> {
                    if (call.what().startsWith("compactions/") && call.method().equals("read")) {
                        throw FaultyStorage.failure();
                    }
                })),
                Clock.systemUTC());
        var last = away.find(DATABASE, manifests().getLast().id()).orElseThrow();

        assertThatExceptionOfType(SnapshotUnreadableException.class)
                .isThrownBy(() -> TestRepositories.content(away, last));
        assertThat(TestRepositories.content(away, manifests().getFirst()))
                .isEqualTo(contents.get(manifests().getFirst()));
    }

    @Test
    void compactionsWhenSwappedAreRefused() throws IOException {
        delete(1, 2, 4, 5);
        compact();
        var files = files(compactions());
        Files.move(files.getLast(), files.getFirst(), REPLACE_EXISTING);

        assertThat(sealing.on(new LocalStorage(root, 0)).list(DATABASE).unreadable())
                .hasSize(1);
    }
}
