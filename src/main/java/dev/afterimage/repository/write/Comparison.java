package dev.afterimage.repository.write;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.hashes.HashingPass;
import dev.afterimage.repository.read.NewestPages;
import dev.afterimage.repository.read.Stretch;
import dev.afterimage.repository.read.Workers;
import dev.afterimage.repository.seal.PageDigest;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads all pages of a database and hands those on that are not what a snapshot has so far. The workers read and digest runs
 * of pages; the calling thread goes through the results in page order. A few runs are in memory at a time, whatever the size
 * of the database.
 */
final class Comparison implements AutoCloseable {

    private final PageSource source;
    private final Supplier<PageDigest> pageDigests;
    private final NewestPages base;
    private final @Nullable HashingPass pass;
    private final boolean onlyChanges;
    private final Workers workers;
    private final Sha256 treeDigest = new Sha256();
    private final List<Run> runs = new ArrayList<>();
    private final Deque<Future<Run>> inFlight = new ArrayDeque<>();
    private long begun;

    /**
     * @param pass in which hashes tell what has not changed; null to digest all pages. The caller's to finish
     * @param onlyChanges whether the source has only pages that may have changed
     * @param workers stay the caller's to close, before this comparison is closed
     */
    Comparison(
            PageSource source,
            Supplier<PageDigest> pageDigests,
            NewestPages base,
            @Nullable HashingPass pass,
            boolean onlyChanges,
            Workers workers) {
        this.source = source;
        this.pageDigests = pageDigests;
        this.base = base;
        this.pass = pass;
        this.onlyChanges = onlyChanges;
        this.workers = workers;
    }

    /**
     * Reads the database once.
     *
     * @param changed takes the pages that differ
     * @param fileDigest takes the whole file; null where its SHA-256 is not wanted
     * @param progress told of pages read; may throw to stop
     */
    DatabaseContent run(LayerBuilder changed, @Nullable Sha256 fileDigest, PageProgress progress) {
        boolean believes = onlyChanges || believes();
        while (inFlight.size() < workers.enough() && begun < source.pageCount()) {
            var run = new Run(source, pageDigests.get(), pass == null ? null : pass.stretch(), believes, onlyChanges);
            runs.add(run);
            begin(run);
        }
        for (long done = 0; done < source.pageCount(); ) {
            progress.pages(done, source.pageCount());
            var run = Workers.await(inFlight.remove());
            treeDigest.update(run.pageDigests());
            if (fileDigest != null) {
                fileDigest.update(run.pages());
            }
            run.addChanged(changed);
            var hashes = run.hashes();
            if (pass != null && hashes != null) {
                pass.add(hashes);
                pass.overlooked(run.overlooked());
            }
            done += run.base().pages();
            begin(run);
        }
        progress.pages(source.pageCount(), source.pageCount());
        var sha256 = fileDigest == null ? null : fileDigest.hex();
        return new DatabaseContent(source.pageSize(), source.pageCount(), treeDigest.hex(), sha256);
    }

    /**
     * Whether what the source says of pages that cannot have changed is to be believed. It does not know of a file that was written over
     * in place beside its WAL, and in such a one the first page is another.
     */
    private boolean believes() {
        if (source.mayHaveChanged(1)) {
            return true;
        }
        var first = ByteBuffer.allocate(source.pageSize());
        source.read(1, first);
        var digest = new byte[ShortDigest.SIZE];
        pageDigests.get().digest(first, 0, source.pageSize(), digest, 0);
        var before = new Stretch(1);
        base.find(1, 1, before);
        return before.has(0) && before.hasDigest(0, digest);
    }

    private void begin(Run run) {
        int pages = (int) Math.min(Block.pagesPerBlock(source.pageSize()), source.pageCount() - begun);
        if (pages > 0) {
            base.find(begun + 1, pages, run.base());
            inFlight.add(workers.submit(run::read));
            begun += pages;
        }
    }

    @Override
    public void close() {
        runs.forEach(Run::close);
    }
}
