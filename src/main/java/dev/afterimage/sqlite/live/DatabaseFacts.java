package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What can be told of a live database without copying it.
 *
 * @param sizeBytes of the database file alone
 * @param pageSize bytes per page
 * @param pageCount pages of the last committed state, which may partly be in the WAL; 0 for an empty file
 * @param walBytes of the {@code -wal} file, 0 if there is none
 */
public record DatabaseFacts(long sizeBytes, int pageSize, long pageCount, JournalMode journalMode, long walBytes) {

    /** A writer in rollback-journal mode keeps readers out while it commits, usually for milliseconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /**
     * Asks by SQL on a read-only connection, and by stat; no live file is opened otherwise.
     *
     * @throws SourceException.HotJournal if a writer crashed; rolling back is left to captures, which tell of it
     * @throws SourceException if the file cannot be read; {@link SourceException.Locked} after one second
     */
    public static DatabaseFacts read(Path path) {
        return Attempts.evenIfReplaced(() -> of(SourceFile.find(path)));
    }

    /** @throws SourceException.Replaced if another file is in its place; otherwise as {@link #read} */
    static DatabaseFacts of(SourceFile file) {
        try (var read = PinnedRead.beginWithoutRollback(file, PATIENCE, PageProgress.NONE)) {
            return new DatabaseFacts(
                    file.bytes(), read.pageSize(), read.pageCount(), read.journalMode(), file.walBytes());
        }
    }

    /**
     * Bytes of a database's {@code -wal} file, by stat; 0 if there is none.
     *
     * @param database with symbolic links resolved
     */
    public static long walBytesOf(Path database) {
        return SourceFile.sizeOf(Beside.wal(database));
    }
}
