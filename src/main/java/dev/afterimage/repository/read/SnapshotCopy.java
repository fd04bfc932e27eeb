package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Writes all pages of a snapshot in order. The workers decompress blocks, and prove stretches of pages, ahead of the calling
 * thread, which writes them; the SHA-256 of the file is made by one thread of its own meanwhile. A few stretches and blocks
 * are in memory at a time, whatever the size of the database.
 */
final class SnapshotCopy implements AutoCloseable {

    private final Manifest manifest;
    private final List<LayerReader> layers;
    private final Workers workers = Workers.onAllCores("snapshot-worker-");
    private final Workers digesting = Workers.single("snapshot-digest-");
    private final SnapshotPages pages;
    private final List<CopiedStretch> all = new ArrayList<>();
    private final Deque<CopiedStretch> free = new ArrayDeque<>();
    private final Deque<CopiedStretch> reading = new ArrayDeque<>();
    private final Deque<Future<CopiedStretch>> proving = new ArrayDeque<>();
    private final Sha256 treeDigest = new Sha256();
    private long begun;

    /** @param layers stay the caller's to close, after this; used by nobody else meanwhile */
    SnapshotCopy(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.layers = layers;
        this.pages = new SnapshotPages(manifest, layers, workers::execute);
    }

    /**
     * Writes all, each page after it was proven, and at the end proves the whole.
     *
     * @param progress told of pages written; may throw to stop
     * @return SHA-256 of the database file, in hexadecimal
     * @throws SnapshotDamagedException when anything is not what was written
     */
    String run(WritableByteChannel target, PageProgress progress) throws IOException {
        var fileDigest = new Sha256();
        writeAll(target, fileDigest, progress);
        var sha256 = fileDigest.hex();
        if (manifest.sha256() != null) {
            require("SHA-256", sha256, manifest.sha256());
        }
        progress.pages(manifest.pageCount(), manifest.pageCount());
        return sha256;
    }

    /** The same for those who can do without it. */
    void runWithoutSha256(WritableByteChannel target, PageProgress progress) throws IOException {
        writeAll(target, null, progress);
        progress.pages(manifest.pageCount(), manifest.pageCount());
    }

    private void writeAll(WritableByteChannel target, @Nullable Sha256 fileDigest, PageProgress progress)
            throws IOException {
        for (long done = 0; done < manifest.pageCount(); ) {
            progress.pages(done, manifest.pageCount());
            readAhead();
            proveAhead();
            var stretch = Workers.await(proving.remove());
            treeDigest.update(stretch.pageDigests());
            write(stretch, target, fileDigest);
            done += stretch.place().pages();
            stretch.end(pages.blocks());
            free.add(stretch);
        }
        require("tree digest", treeDigest.hex(), manifest.treeDigest());
    }

    private void readAhead() {
        while (begun < manifest.pageCount() && reading.size() + proving.size() < workers.enough()) {
            var stretch = free.isEmpty() ? another() : free.remove();
            pages.find(begun + 1, stretch.place());
            stretch.begin(pages.blocks());
            reading.add(stretch);
            begun += stretch.place().pages();
        }
    }

    private CopiedStretch another() {
        var stretch = new CopiedStretch(layers, manifest.pageSize(), pages.newStretch());
        all.add(stretch);
        return stretch;
    }

    /** Some stretches later than their blocks: a worker that proves should not have to wait for one that decompresses. */
    private void proveAhead() {
        int keep = begun < manifest.pageCount() ? workers.enough() / 2 : 0;
        while (reading.size() > keep) {
            proving.add(workers.submit(reading.remove()::prove));
        }
    }

    private void write(CopiedStretch stretch, WritableByteChannel target, @Nullable Sha256 fileDigest)
            throws IOException {
        var digested = digesting.submit(() -> {
            if (fileDigest != null) {
                fileDigest.update(stretch.pages());
            }
            return stretch;
        });
        var proven = stretch.pages();
        while (proven.hasRemaining()) {
            target.write(proven);
        }
        Workers.await(digested);
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
        digesting.close();
        pages.close();
        all.forEach(CopiedStretch::close);
    }
}
