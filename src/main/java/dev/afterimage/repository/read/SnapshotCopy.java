package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts all pages of a snapshot to their places. The calling thread finds stretch after stretch; workers decompress the blocks of
 * a stretch, and write its pages. A few stretches and blocks are in memory at a time, whatever the size of the database.
 */
final class SnapshotCopy implements AutoCloseable {

    /** Of a few MiB the operating system's cache has room. */
    private static final int STRETCHES_KEPT = 64;

    private static final String WORKER = "snapshot-worker-";

    /** Of a storage where each read takes a round trip. */
    private static final int READ_AT_ONCE = 8;

    private final Manifest manifest;
    private final List<LayerReader> layers;
    private final Workers workers;
    private final SnapshotPages pages;
    private final List<CopiedStretch> all = new ArrayList<>();
    private final Deque<CopiedStretch> free = new ArrayDeque<>();
    private final Deque<CopiedStretch> copying = new ArrayDeque<>();
    private final Sha256 treeDigest = new Sha256();
    private long begun;
    private int copied;

    /** @param layers stay the caller's to close, after this; used by nobody else meanwhile */
    SnapshotCopy(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.layers = layers;
        this.workers = layers.stream().allMatch(LayerReader::isNear)
                ? Workers.onAllCores(WORKER)
                : Workers.ofThreads(READ_AT_ONCE, WORKER);
        this.pages = new SnapshotPages(manifest, layers);
    }

    /**
     * Writes all, each block after it was proven; at the end the tree digest proves that of each page it was the right version.
     *
     * @param progress told of pages written; may throw to stop
     * @throws SnapshotDamagedException when anything is not what was written
     */
    void run(PageTarget target, PageProgress progress) throws IOException {
        copyAll(target, null, progress);
        progress.pages(manifest.pageCount(), manifest.pageCount());
    }

    /**
     * The same, each page after it was proven by its own digest; at the end also the file, where its SHA-256 is known. Nobody waits for a
     * proof, so it leaves the operating system's cache to others: a layer is forgotten there when it is read.
     *
     * @return SHA-256 of the database file, in hexadecimal
     */
    String prove(PageTarget target, PageProgress progress) throws IOException {
        var fileDigest = new Sha256();
        copyAll(target, fileDigest, progress);
        var sha256 = fileDigest.hex();
        if (manifest.sha256() != null) {
            require("SHA-256", sha256, manifest.sha256());
        }
        progress.pages(manifest.pageCount(), manifest.pageCount());
        return sha256;
    }

    /** The digests are made on this thread while others copy: those of the whole can only be made in order. */
    private void copyAll(PageTarget target, @Nullable Sha256 fileDigest, PageProgress progress) throws IOException {
        for (long done = 0; done < manifest.pageCount(); ) {
            progress.pages(done, manifest.pageCount());
            copyAhead(target, fileDigest != null);
            var stretch = copying.remove();
            var written = stretch.await();
            if (fileDigest != null) {
                fileDigest.update(written);
                forgetAtTimes();
            }
            treeDigest.update(stretch.place().digestsOfPages());
            done += stretch.place().pages();
            stretch.end(pages.blocks());
            free.add(stretch);
        }
        require("tree digest", treeDigest.hex(), manifest.treeDigest());
    }

    private void forgetAtTimes() {
        if (++copied % STRETCHES_KEPT == 0 || copying.isEmpty()) {
            layers.forEach(LayerReader::isRead);
        }
    }

    private void copyAhead(PageTarget target, boolean proveEach) {
        while (begun < manifest.pageCount() && copying.size() < workers.enough()) {
            var stretch = free.isEmpty() ? another() : free.remove();
            pages.find(begun + 1, stretch.place());
            stretch.begin(pages.blocks(), proveEach, target, workers);
            copying.add(stretch);
            begun += stretch.place().pages();
        }
    }

    private CopiedStretch another() {
        var stretch = new CopiedStretch(layers, manifest.pageSize(), pages.newStretch());
        all.add(stretch);
        return stretch;
    }

    private void require(String what, String found, String expected) {
        if (!found.equals(expected)) {
            throw new SnapshotDamagedException(
                    manifest.id(), null, "its pages have the %s %s, not %s".formatted(what, found, expected), null);
        }
    }

    /** Blocks decompressed so far. */
    long blocksRead() {
        return pages.blocks().blocksRead();
    }

    /** Returns when no thread of its own runs any more. */
    @Override
    public void close() {
        workers.close();
        pages.close();
        all.forEach(CopiedStretch::close);
    }
}
