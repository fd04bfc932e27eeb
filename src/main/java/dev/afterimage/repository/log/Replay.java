package dev.afterimage.repository.log;

import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The state that a commit has left, over the snapshot from which it is replayed: of each page that was written since, the newest version up
 * to that commit, in a sparse file. Other pages are the snapshot's, and are not to be read here. The caller closes it, which deletes the file.
 */
public final class Replay implements PageSource, AutoCloseable {

    private static final int FREE_PAGES = 36;

    private final Path file;
    private final FileChannel channel;
    private final int pageSize;
    private final long pageCount;
    private final PageSet written;

    /** Numbers of pages, which have no sign. */
    private static final class PageSet {
        private final BitSet low = new BitSet();
        private final BitSet high = new BitSet();

        void add(long page) {
            bits(page).set(index(page));
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
     * @param chain of the log
     * @param segments the numbers of their first commits, in their order; at least one
     * @param after the commit that the snapshot has
     * @param upTo the commit whose state is wanted, in the last segment
     */
    public record Span(UUID databaseId, UUID chain, List<Long> segments, long after, long upTo) {
        public Span {
            segments = List.copyOf(segments);
        }
    }

    /**
     * Reads what is to be replayed, the newest first: pages that are known by then are not unpacked.
     *
     * @param staging an existing directory
     * @param progress told of segments read; may throw to stop
     * @throws DamagedSegmentException when a segment is not what was stored, as far as it is needed, or missing
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when the file cannot be written
     */
    public static Replay of(Span span, Segments objects, Path staging, PageProgress progress) {
        var file = newFile(staging);
        var channel = open(file);
        try {
            return read(span, objects, file, channel, progress);
        } catch (RuntimeException | Error e) {
            try (var _ = channel) {
                throw e;
            } catch (IOException unclosed) {
                throw StagingProblem.of(file, unclosed);
            }
        }
    }

    /** The state of the snapshot itself. */
    public static Replay ofNothing(int pageSize, long pageCount, Path staging) {
        var file = newFile(staging);
        return new Replay(file, open(file), pageSize, pageCount, new PageSet());
    }

    private static Path newFile(Path staging) {
        return staging.resolve("log-" + UUID.randomUUID() + ".pages");
    }

    private static FileChannel open(Path file) {
        try {
            return FileChannel.open(
                    file,
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.SPARSE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    private static Replay read(Span span, Segments objects, Path file, FileChannel channel, PageProgress progress) {
        var written = new PageSet();
        var newest = new NewestVersions(span, written, file, channel);
        Segment last = null;
        var newestFirst = span.segments().reversed();
        for (int i = 0; i < newestFirst.size(); i++) {
            progress.pages(i, newestFirst.size());
            var segment = objects.read(span.databaseId(), new SegmentName(span.chain(), newestFirst.get(i)), newest);
            last = last == null ? segment : last;
        }
        if (last == null) {
            throw new IllegalArgumentException("there is nothing to replay");
        }
        long pageCount =
                last.commits().get((int) (span.upTo() - last.firstCommit())).pageCount();
        return new Replay(file, channel, last.pageSize(), pageCount, written);
    }

    /** Of each page the first one that comes, for that is the newest. */
    private record NewestVersions(Span span, PageSet written, Path file, FileChannel channel) implements PageVersions {

        @Override
        public boolean wants(long page, long commit) {
            return commit <= span.upTo() && commit > span.after() && !written.has(page);
        }

        @Override
        public void page(long page, long commit, ByteBuffer content) {
            written.add(page);
            write(file, channel, (page - 1) * content.remaining(), content);
        }
    }

    private static void write(Path file, FileChannel channel, long position, ByteBuffer content) {
        try {
            for (long at = position; content.hasRemaining(); ) {
                at += channel.write(content, at);
            }
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    private Replay(Path file, FileChannel channel, int pageSize, long pageCount, PageSet written) {
        this.file = file;
        this.channel = channel;
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
        long position = (firstPage - 1) * pageSize - buffer.position();
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    while (buffer.hasRemaining()) {
                        buffer.put((byte) 0);
                    }
                }
            }
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }
}
