package dev.afterimage.sqlite.replace;

import dev.afterimage.bytes.FileCalls;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.format.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file from which a live database gets its new content. It is ours, and no connection to it is open.
 *
 * @param path of the file
 * @param header of its first page
 * @param pageCount pages, by the size of the file; at least 2
 */
record NewContent(Path path, DatabaseHeader header, long pageCount) {

    private static final int VERSIONS = 18;
    private static final byte ROLLBACK_VERSION = 1;

    private static final int PAGE_COUNT = 28;
    private static final int LARGEST_ROOT_PAGE = 52;

    /**
     * Reads the header, cuts off what lies behind the last page, and makes the header say rollback mode. The Online Backup API copies these two bytes, and corrects them
     * only for a target in WAL mode: a target in rollback mode would find itself in WAL mode.
     *
     * <p>A single page would be locked, copied and committed in one step, and nobody could look in between: so it gets a
     * second one.
     */
    static NewContent in(Path source) {
        try (var channel = FileChannel.open(source, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var header = DatabaseHeader.read(channel);
            channel.truncate(pageCount(header, channel) * header.pageSize());
            if (header.writeVersion() != ROLLBACK_VERSION || header.readVersion() != ROLLBACK_VERSION) {
                channel.write(ByteBuffer.wrap(new byte[] {ROLLBACK_VERSION, ROLLBACK_VERSION}), VERSIONS);
            }
            if (channel.size() == header.pageSize()) {
                addFreePage(channel, header.pageSize());
            }
            long pageCount = channel.size() / header.pageSize();
            requireSize(source, DatabaseHeader.read(channel), pageCount);
            return new NewContent(source, header, pageCount);
        } catch (IOException e) {
            throw StagingProblem.unusable(source, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw StagingProblem.unusable(source, "it is no database: " + e.getMessage(), e);
        }
    }

    /** As SQLite counts: what lies behind is left by a crash, or by an application that makes its file grow in large steps. */
    private static long pageCount(DatabaseHeader header, FileChannel channel) throws IOException {
        return header.pageCountIsValid() ? header.pageCount() : channel.size() / header.pageSize();
    }

    /**
     * All zeros is, as page 2, either the only <a href="https://www.sqlite.org/fileformat2.html#the_freelist">trunk of the
     * freelist</a>, without leaves; or with auto-vacuum the first <a
     * href="https://www.sqlite.org/fileformat2.html#pointer_map_or_ptrmap_pages">page of the pointer map</a>, without entries.
     */
    private static void addFreePage(FileChannel channel, int pageSize) throws IOException {
        channel.write(ByteBuffer.allocate(pageSize), pageSize);
        var largestRootPage = ByteBuffer.allocate(Integer.BYTES);
        channel.read(largestRootPage, LARGEST_ROOT_PAGE);
        boolean autoVacuum = largestRootPage.getInt(0) != 0;
        // The page count, the freelist's first trunk, and its number of pages.
        var fields = ByteBuffer.allocate(3 * Integer.BYTES).putInt(2);
        fields.putInt(autoVacuum ? 0 : 2).putInt(autoVacuum ? 0 : 1);
        channel.write(fields.flip(), PAGE_COUNT);
    }

    private static void requireSize(Path source, DatabaseHeader header, long pageCount) {
        long expected = header.pageCountIsValid() ? header.pageCount() : Math.max(2, pageCount);
        if (pageCount != expected) {
            throw StagingProblem.unusable(
                    source, "it has %d pages, but should have %d".formatted(pageCount, expected), null);
        }
    }

    /**
     * Nobody has synced it, so the disk may have refused some of it since it was written.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if it has: what was read need not be what was written
     */
    void requireNothingLost() {
        try {
            FileCalls.requireNothingLost(path);
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
    }

    int pageSize() {
        return header.pageSize();
    }

    Fit fit() {
        return Fit.of(header, pageSize() * pageCount);
    }
}
