package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.format.WalHeader;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A database file with what lies beside it, judged by sizes and first bytes before SQLite sees it. Beside a file of 0 bytes SQLite
 * takes a WAL for a left-over of another database and deletes it, also on a connection that only reads
 * (<a href="https://www.sqlite.org/src/file/src/pager.c">pager.c</a>, pagerOpenWalIfPresent), and a connection that can write does the same
 * with a journal. Where the file was emptied by mistake, that is all that was left of the database.
 */
public final class SourceSet {

    /**
     * Sees that SQLite can read the database without deleting anything. Cheap: a file that is not empty is not looked into.
     *
     * @throws SourceException.Incomplete if what lies beside the file cannot belong to one of 0 bytes
     */
    static void requireReadable(SourceFile file) {
        if (file.bytes() > 0) {
            return;
        }
        long walBytes = file.walBytes();
        if (walBytes > 0) {
            throw SourceException.Incomplete.besideWal(file.path(), walBytes, walHeader(file));
        }
        var journal = RollbackJournal.beside(file);
        if (journal.isPresent() && !journal.get().isOfTheFirstTransaction()) {
            throw SourceException.Incomplete.besideJournal(file.path(), "has 0 bytes");
        }
    }

    /**
     * The same of a connection that can write, which would delete any journal beside a file of 0 bytes, hot or not.
     *
     * @throws SourceException.Incomplete if there is one, or as {@link #requireReadable}
     */
    static void requireWritable(SourceFile file) {
        requireReadable(file);
        if (file.bytes() == 0 && SourceFile.sizeOf(Beside.journal(file.path())) > 0) {
            throw SourceException.Incomplete.besideJournal(file.path(), "has 0 bytes");
        }
    }

    /**
     * Whether a file begins as SQLite databases do. Reads 16 bytes, as live files are read, and leaves nothing open.
     *
     * @throws SourceException if it cannot be read, or is an empty file beside the WAL of a database
     */
    public static boolean beginsAsDatabase(Path path) {
        var file = SourceFile.find(path);
        requireReadable(file);
        var live = LiveFile.enter(file);
        try {
            return live.beginsAsDatabase();
        } finally {
            live.leave();
        }
    }

    private static Optional<WalHeader> walHeader(SourceFile file) {
        try (var wal = new WalFile(file)) {
            return wal.header();
        }
    }

    /**
     * Sees that a hot journal can be the database's own, before it is rolled back: that writes its pages into the file, cuts the file to the
     * size that it tells, and deletes it.
     *
     * @param live of which the caller is a user
     * @throws SourceException.Incomplete if it is beside a file that it cannot be of
     */
    static void requireOwnJournal(SourceFile file, LiveFile live, RollbackJournal journal) {
        if (file.walBytes() > 0) {
            throw SourceException.Incomplete.besideJournal(
                    file.path(), "also has a WAL, which no database has at once");
        }
        if (journal.isOfTheFirstTransaction()) {
            return;
        }
        if (!live.beginsAsDatabase()) {
            throw SourceException.Incomplete.besideJournal(file.path(), "does not begin as a database does");
        }
        if (!journal.canCompleteFileOf(file.bytes())) {
            throw SourceException.Incomplete.besideJournal(
                    file.path(), "has %d bytes instead of %d pages".formatted(file.bytes(), journal.pages()));
        }
    }

    private SourceSet() {}
}
