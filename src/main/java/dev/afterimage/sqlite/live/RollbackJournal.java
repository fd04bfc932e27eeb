package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A {@code -journal} that SQLite takes for hot as long as no writer holds a lock: its
 * <a href="https://www.sqlite.org/fileformat2.html#the_rollback_journal">first byte</a> is not zero. SQLite takes no locks on it, so it may
 * be opened and closed at any time.
 *
 * @param bytes of the journal's file
 * @param isValid whether it begins as a journal does; one that does not holds nothing, and SQLite deletes it
 * @param pages of the database when the transaction began, to which it is cut by rolling back
 * @param pageSize bytes per page
 */
record RollbackJournal(long bytes, boolean isValid, long pages, long pageSize) {

    /** In <a href="https://www.sqlite.org/src/file/src/pager.c">pager.c</a>, aJournalMagic. */
    static final long MAGIC = 0xd9d505f920a163d7L;

    private static final int HEADER_SIZE = 28;
    private static final int PAGES = 16;
    private static final int PAGE_SIZE = 24;

    /** Of a page in it: the page's number before it, a checksum behind it. */
    private static final int BYTES_AROUND_A_PAGE = 8;

    /** Empty if there is none, or one that is of no transaction any more. */
    static Optional<RollbackJournal> beside(SourceFile file) {
        var header = ByteBuffer.allocate(HEADER_SIZE);
        try (var channel =
                FileChannel.open(Beside.journal(file.path()), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // Until it is complete; what is missing stays zero.
            }
            return header.get(0) == 0 ? Optional.empty() : Optional.of(of(header, channel.size()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw SourceException.unreadable(file.path(), "its journal: " + e.getMessage(), e);
        }
    }

    private static RollbackJournal of(ByteBuffer header, long bytes) {
        return new RollbackJournal(
                bytes,
                header.getLong(0) == MAGIC,
                Integer.toUnsignedLong(header.getInt(PAGES)),
                Integer.toUnsignedLong(header.getInt(PAGE_SIZE)));
    }

    /** Whether it is of the transaction that makes the database, before which there was none. */
    boolean isOfTheFirstTransaction() {
        return isValid && pages == 0;
    }

    /**
     * Whether a database file of that size can be what the transaction has left. It may be shorter than before, but only by
     * pages that are in the journal.
     */
    boolean canCompleteFileOf(long databaseBytes) {
        long missing = Math.ceilDiv(Math.max(0, pages * pageSize - databaseBytes), Math.max(1, pageSize));
        return !isValid || missing * (pageSize + BYTES_AROUND_A_PAGE) <= bytes;
    }
}
