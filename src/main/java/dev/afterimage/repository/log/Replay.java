package dev.afterimage.repository.log;

import dev.afterimage.repository.read.Workers;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;

/**
 * The state that a commit has left, over the snapshot from which it is replayed: of each page that was written since, the newest version up
 * to that commit, in a sparse file. Other pages are the snapshot's, and are not to be read here. The caller closes it, which deletes the file.
 */
public final class Replay implements PageSource, AutoCloseable {

    private static final int FREE_PAGES = 36;

    private final StagedPages pages;
    private final int pageSize;
    private final long pageCount;
    private final PageSet written;

    /** Numbers of pages, which have no sign. */
    private static final class PageSet {
        private final BitSet low = new BitSet();
        private final BitSet high = new BitSet();

        /** @return whether it was not there */
        boolean add(long page) {
            boolean isNew = !has(page);
            bits(page).set(index(page));
            return isNew;
        }

        boolean has(long page) {
            return bits(page).get(index(page));
        }

        private BitSet bits(long page) {
            return page > Integer.MAX_VALUE ? high : low;
        }

        private static int index(long page) {
            return (int) page & Integer.MAX_VALUE;
        }
    }

    /**
     * What is to be replayed.
     *
     * @param segments in their order; at least one
     * @param after the commit that the snapshot has
     * @param upTo the commit whose state is wanted, in the last segment
     */
    public record Span(UUID databaseId, List<Segments.Stored> segments, long after, long upTo) {
        public Span {
            segments = List.copyOf(segments);
            if (segments.isEmpty()) {
                throw new IllegalArgumentException("there is nothing to replay");
            }
        }
    }

    /**
     * Reads what is to be replayed, the newest first, on all cores: pages that are known by then are not unpacked.
     *
     * @param staging an existing directory
     * @param progress told of segments read; may throw to stop
     * @throws DamagedSegmentException when a segment is not what was stored, as far as it is needed, or missing
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when the file cannot be written
     */
    public static Replay of(Span span, Segments objects, Path staging, PageProgress progress) {
        var pages = new StagedPages(staging);
        try (var _ = objects.reading(span.databaseId())) {
            return read(span, objects, pages, progress);
        } catch (RuntimeException | Error e) {
            try (pages) {
                throw e;
            }
        }
    }

    /** The state of the snapshot itself. */
    public static Replay ofNothing(int pageSize, long pageCount, Path staging) {
        return new Replay(new StagedPages(staging), pageSize, pageCount, new PageSet());
    }

    private static Replay read(Span span, Segments objects, StagedPages pages, PageProgress progress) {
        var newest = new NewestVersions(span, new PageSet(), pages);
        int count = span.segments().size();
        Segment last = null;
        try (var opened = new OpenedAhead(span.databaseId(), span.segments().reversed(), objects);
                var unpacking = new Unpacking()) {
            for (int i = 0; i < count; i++) {
                progress.pages(i, count);
                try (var segment = opened.next()) {
                    segment.read(newest, unpacking);
                    last = last == null ? segment.segment() : last;
                }
            }
            unpacking.await();
        }
        var reached = Objects.requireNonNull(last, "a span has a segment");
        long pageCount = reached.commits()
                .get((int) (span.upTo() - reached.firstCommit()))
                .pageCount();
        return new Replay(pages, reached.pageSize(), pageCount, newest.taken());
    }

    /** Unpacks on all cores, and has not many parts in memory. What fails, fails whoever gives it more, or waits for the end. */
    private static final class Unpacking implements Executor, AutoCloseable {

        private final Workers workers = Workers.onAllCores("log-unpacker-");
        private final Deque<Future<Void>> running = new ArrayDeque<>();

        @Override
        public void execute(Runnable unpack) {
            if (running.size() == workers.enough()) {
                Workers.await(running.remove());
            }
            running.add(workers.submit(() -> {
                unpack.run();
                return null;
            }));
        }

        void await() {
            running.forEach(Workers::await);
        }

        @Override
        public void close() {
            workers.close();
        }
    }

    /** Of each page the first one that comes, for that is the newest. */
    private record NewestVersions(Span span, PageSet taken, StagedPages pages) implements PageVersions {

        @Override
        public boolean wants(long page, long commit) {
            return commit <= span.upTo() && commit > span.after() && taken.add(page);
        }

        @Override
        public void page(long page, long commit, ByteBuffer content) {
            pages.write((page - 1) * content.remaining(), content);
        }
    }

    private Replay(StagedPages pages, int pageSize, long pageCount, PageSet written) {
        this.pages = pages;
        this.pageSize = pageSize;
        this.pageCount = pageCount;
        this.written = written;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public long pageCount() {
        return pageCount;
    }

    @Override
    public boolean mayHaveChanged(long page) {
        return written.has(page);
    }

    /** Pages that are in use, as its first page tells; empty where that was not written since the snapshot. */
    public OptionalLong pagesInUse() {
        if (!written.has(1)) {
            return OptionalLong.empty();
        }
        var first = ByteBuffer.allocate(pageSize);
        read(1, first);
        return OptionalLong.of(pageCount - Integer.toUnsignedLong(first.getInt(FREE_PAGES)));
    }

    /** A page that was never written, which the database has all the same, is all zeros. */
    @Override
    public void read(long firstPage, ByteBuffer buffer) {
        pages.read((firstPage - 1) * pageSize, buffer);
    }

    @Override
    public void close() {
        pages.close();
    }
}
