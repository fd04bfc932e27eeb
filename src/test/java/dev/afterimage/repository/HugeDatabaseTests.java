package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.afterimage.SecondJvm;
import dev.afterimage.Torture;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.read.PageTarget;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.write.MergedLayers;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is done with a database of a terabyte, through a heap of 256 MiB. That of a sealed repository has an eighth of it, but with {@code
 * -Dtorture.minutes}.
 */
class HugeDatabaseTests {

    private static final int MEBIBYTES = 1 << 20;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Sealing.class)
    void allThatIsDoneWithATerabyteNeedsLittleMemory(Sealing sealing) throws Exception {
        boolean all = sealing == Sealing.PLAIN || !Torture.TIME.isZero();
        assertThat(run(all ? MEBIBYTES : MEBIBYTES / 8, sealing)).endsWith("all done\n");
    }

    private String run(int blocks, Sealing sealing) throws Exception {
        var command = SecondJvm.command(256, Work.class);
        command.add(command.indexOf("-cp"), "-XX:TieredStopAtLevel=4"); // else hashing so much takes minutes
        command.addAll(List.of(directory.toString(), Integer.toString(blocks), sealing.name()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();

        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** The process that has little memory. */
    static final class Work {

        private static final UUID DATABASE = NewSnapshots.DATABASE;
        private static final long PART = 1L << 30;

        /** Twice 1 TB: with 8 bytes for each block it would be four times as much. */
        private static final long HEAP_OF_INDEXES = 4 << 20;

        /** One block, and a half. */
        private static final int CHANGED = LayersOfZeros.PAGES_PER_BLOCK * 3 / 2;

        private final Path root;
        private final int blocks;
        private final Vault vault;
        private final Repository repository;
        private final LayerRef zeros;
        private final PageArrays changed = PageArrays.of(LayersOfZeros.PAGE_SIZE, CHANGED, 1);
        private final long began = System.nanoTime();

        private Work(Path root, int blocks, Sealing sealing) {
            this.root = root;
            this.blocks = blocks;
            this.vault = sealing.vault(new LocalStorage(root, 0));
            this.repository = new Repository(vault, Clock.systemUTC());
            this.zeros = LayersOfZeros.put(vault, DATABASE, blocks);
            tell("made");
        }

        public static void main(String[] arguments) throws IOException {
            var root = Path.of(arguments[0]).resolve("repository");
            new Work(root, Integer.parseInt(arguments[1]), Sealing.valueOf(arguments[2])).all();
            System.out.println("all done");
        }

        private void all() throws IOException {
            var manifest = put(manifest(NewSnapshots.any(), List.of(zeros, zeros, saveChanged())));
            read(manifest);
            repository.proveStored(manifest, Set.of(zeros.id()), PageProgress.NONE);
            tell("what is new proven");
            merge(manifest);
            damage();
            salvage(manifest);
        }

        /** Its first pages, as a layer of their own. */
        private LayerRef saveChanged() {
            try (var writer = repository.begin(DATABASE, null)) {
                writer.add(changed, PageProgress.NONE);
                return writer.publish(NewSnapshots.any()).layers().getFirst();
            }
        }

        private Manifest put(Manifest manifest) {
            return new Manifests(vault, new Compactions(vault)).put(manifest);
        }

        /** @param layers of which one may be named twice, and then takes no more room on disk */
        private Manifest manifest(NewSnapshot snapshot, List<LayerRef> layers) {
            return new Manifest(
                    snapshot.id(),
                    DATABASE,
                    snapshot.databaseName(),
                    snapshot.createdAt(),
                    null,
                    null,
                    LayersOfZeros.PAGE_SIZE,
                    (long) blocks * LayersOfZeros.PAGES_PER_BLOCK,
                    layers,
                    LayersOfZeros.treeDigest(vault, DATABASE, changed, blocks),
                    null,
                    0,
                    zeros.bytes(),
                    snapshot.labels(),
                    snapshot.capture());
        }

        private void read(Manifest manifest) throws IOException {
            long before = usedHeap();
            try (var reader = repository.open(manifest)) {
                tell("opened");
                require(usedHeap() - before < HEAP_OF_INDEXES, "the indexes take more of the heap");
                for (long page : new long[] {1, CHANGED, CHANGED + 1, manifest.pageCount() / 2, manifest.pageCount()}) {
                    requirePage(reader, page);
                }
                requireStopped(() -> reader.copyTo(PageTarget.NOWHERE, Work::stop));
                requireStopped(() -> reader.proveTo(PageTarget.NOWHERE, Work::stop));
                tell("restored in part");
            }
        }

        private void requirePage(SnapshotReader reader, long page) throws IOException {
            var expected = ByteBuffer.allocate(LayersOfZeros.PAGE_SIZE);
            if (page <= CHANGED) {
                changed.read(page, expected);
                expected.flip();
            }
            var found = ByteBuffer.allocate(LayersOfZeros.PAGE_SIZE);
            reader.position((page - 1) * LayersOfZeros.PAGE_SIZE).read(found);
            require(!found.hasRemaining() && found.flip().equals(expected), "page " + page + " is another");
        }

        private void merge(Manifest manifest) throws IOException {
            var layer = MergedLayers.put(vault, manifest);
            tell("merged");
            var merged = put(manifest(NewSnapshots.any(), List.of(layer)));
            repository.proveStored(merged, Set.of(layer.id()), PageProgress.NONE); // of its index, the tree digest
            try (var reader = repository.open(merged)) {
                requirePage(reader, CHANGED);
                requirePage(reader, CHANGED + 1);
                requirePage(reader, merged.pageCount());
            }
        }

        /** A block that is needed before one is found that is not. */
        private void damage() throws IOException {
            var layer = root.resolve(ObjectKeys.layer(DATABASE, zeros.id()));
            try (var file = new RandomAccessFile(layer.toFile(), "rw")) {
                long place = LayersOfZeros.blockOffset(2) + 10;
                file.seek(place);
                int old = file.read();
                file.seek(place);
                file.write(~old);
            }
        }

        /** The first attempt meets the damage at once; the other one leaves it out, and goes on. */
        private void salvage(Manifest manifest) {
            var target = root.resolveSibling("salvaged.db");
            requireStopped(
                    () -> repository.salvage(DATABASE, manifest.id(), target, (done, all) -> stopAt(done, PART / 8)));
            require(target.toFile().length() >= PART / 8, "nothing is salvaged");
            tell("salvaged in part");
        }

        private static void stop(long done, long all) {
            stopAt(done, PART);
        }

        private static void stopAt(long pages, long bytes) {
            if (pages * LayersOfZeros.PAGE_SIZE >= bytes) {
                throw new CancellationException("enough");
            }
        }

        private static void requireStopped(ThrowingCallable work) {
            var thrown = catchThrowable(work);
            require(thrown instanceof CancellationException, "It has ended with " + thrown);
        }

        private static void require(boolean condition, String otherwise) {
            if (!condition) {
                throw new AssertionError(otherwise);
            }
        }

        private static long usedHeap() {
            System.gc();
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }

        /** For whoever looks for where it failed. */
        private void tell(String what) {
            System.out.printf("%s after %d ms%n", what, (System.nanoTime() - began) / 1_000_000);
        }
    }
}
