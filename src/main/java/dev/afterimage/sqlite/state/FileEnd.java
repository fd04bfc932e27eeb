package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Compares where a database file ends with the pages of a state. SQLite reads what is beyond the end as zeros, and complains only of a file
 * that is too short for its header; in WAL mode a file that was cut passes, and its snapshot would have pages of zeros.
 *
 * <p>In WAL mode a file may rightly be shorter than the state: the other pages are in the WAL. Only a checkpoint that is complete gives the file its
 * size, which it does before it lets anybody begin the WAL anew, and none writes a page that has no frame; so no checkpoint that goes on
 * meanwhile makes a whole file seem cut. The <a href="https://www.sqlite.org/fileformat2.html#the_lock_byte_page">page of the lock bytes</a>
 * is never written.
 */
public final class FileEnd {

    private static final int FIRST_TRUNK = 32;
    private static final int FREELIST_PAGES = 36;
    private static final long LOCK_BYTES = 1L << 30;
    private static final int PAGES_PER_LOOK = 1 << 16;

    private final SourceFile file;
    private final LivePages pages;
    private final int pageSize;
    private final long pageCount;
    private final long bytes;

    /**
     * Sees that the file has all pages of a pinned state that are in use and not in the WAL.
     *
     * @return what the user should know of the last page, and of what follows it
     * @throws SourceException.Corrupt if it has not
     */
    public static List<String> look(SourceFile file, JournalMode journalMode, LivePages pages) {
        return new FileEnd(file, pages).look(journalMode);
    }

    /**
     * The same for methods that leave the WAL to SQLite. It is read only where the file does not have all pages.
     *
     * @param progress hears of the phase READING_WAL
     */
    public static List<String> look(PinnedRead read, CaptureOptions options, PageProgress progress) {
        var file = read.file();
        if (read.journalMode() == JournalMode.ROLLBACK || file.bytes() >= read.pageCount() * read.pageSize()) {
            return look(file, read.journalMode(), new LivePages(read.live(), read.pageSize(), read.pageCount(), null));
        }
        try {
            return lookWithWal(read, options, progress);
        } catch (SourceException.NotScannable e) {
            return List.of(
                    "The file is shorter than the database, and it could not be seen whether the rest is in its WAL. "
                            + e.getMessage());
        }
    }

    private static List<String> lookWithWal(PinnedRead read, CaptureOptions options, PageProgress progress) {
        var file = read.file();
        var published = new PublishedState(file, read.live()).read(options.patience(), progress);
        long pageCount = published.frames() > 0 ? published.pageCount() : read.pageCount();
        try (var wal = new CommittedWal(file, read.live(), read.pageSize(), published, progress)) {
            return look(file, JournalMode.WAL, new LivePages(read.live(), read.pageSize(), pageCount, wal));
        }
    }

    private FileEnd(SourceFile file, LivePages pages) {
        this.file = file;
        this.pages = pages;
        this.pageSize = pages.pageSize();
        this.pageCount = pages.pageCount();
        this.bytes = file.bytes();
    }

    private List<String> look(JournalMode journalMode) {
        long begun = Math.ceilDiv(bytes, (long) pageSize);
        if (begun < pageCount) {
            return requireFree(bytes / pageSize + 1)
                    ? List.of(("The file was cut: it has %d bytes, and no more than unused pages are missing."
                                    + " They are zeros in this snapshot, as SQLite reads them.")
                            .formatted(bytes))
                    : List.of();
        }
        long missing = pageCount * pageSize - bytes;
        if (missing > 0) {
            return isInWal(pageCount)
                    ? List.of()
                    : List.of(("The file was cut in its last page: it has %d bytes instead of %d."
                                    + " The missing %d are zeros in this snapshot, as SQLite reads them.")
                            .formatted(bytes, pageCount * pageSize, missing));
        }
        // In WAL mode whole pages may be of a larger state, which a checkpoint will cut off.
        boolean belongsToNoPage = journalMode == JournalMode.ROLLBACK ? missing < 0 : bytes % pageSize != 0;
        return belongsToNoPage
                ? List.of(("The file has %d bytes after the last page of the database."
                                + " They belong to no page, SQLite does not read them, and they are not in this snapshot.")
                        .formatted(-missing))
                : List.of();
    }

    /**
     * Sees that as many pages as are missing are free ones, whose content nobody needs.
     *
     * @return whether any is missing
     */
    private boolean requireFree(long firstMissing) {
        long free = freeAndMissing(firstMissing);
        long missing = 0;
        for (long page = firstMissing; page <= pageCount; ) {
            int inWal = pages.inWal(page, (int) Math.min(PAGES_PER_LOOK, pageCount + 1 - page));
            if (inWal == 0 && page != LOCK_BYTES / pageSize + 1 && ++missing > free) {
                throw new SourceException.Corrupt(
                        file.path(),
                        ("it was cut: the file has %d bytes, its %d pages of %d bytes take %d,"
                                        + " and pages that are in use are neither in it nor in its WAL")
                                .formatted(bytes, pageCount, pageSize, pageCount * pageSize),
                        null);
            }
            page += Math.max(1, inWal);
        }
        return missing > 0;
    }

    /** Counts them in the <a href="https://www.sqlite.org/fileformat2.html#the_freelist">freelist</a>, whose trunks are always written. */
    private long freeAndMissing(long firstMissing) {
        var page = read(1);
        long trunk = Integer.toUnsignedLong(page.getInt(FIRST_TRUNK));
        long unread = Integer.toUnsignedLong(page.getInt(FREELIST_PAGES));
        long found = 0;
        while (unread > 0 && trunk > 0 && trunk <= pageCount) {
            page = read(trunk);
            trunk = Integer.toUnsignedLong(page.getInt(0));
            long leaves = Math.min(Integer.toUnsignedLong(page.getInt(4)), pageSize / 4 - 2);
            for (int leaf = 0; leaf < leaves; leaf++) {
                long number = Integer.toUnsignedLong(page.getInt(8 + 4 * leaf));
                if (number >= firstMissing && number <= pageCount && !isInWal(number)) {
                    found++;
                }
            }
            unread -= 1 + leaves;
        }
        return found;
    }

    private ByteBuffer read(long page) {
        var buffer = ByteBuffer.allocate(pageSize);
        pages.read(page, buffer);
        return buffer;
    }

    private boolean isInWal(long page) {
        return pages.inWal(page, 1) > 0;
    }
}
