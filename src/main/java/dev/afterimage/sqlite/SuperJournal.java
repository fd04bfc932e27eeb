package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The end of a rollback journal that belongs to a transaction of several databases: the name of a
 * <a href="https://www.sqlite.org/tempfiles.html#super_journal_files">super-journal</a>, which SQLite reads and <em>deletes</em> when
 * it has rolled back. Any name can be written there, so whoever may write a database's directory could have any file deleted that the
 * service may delete. Therefore such a journal is left to the application.
 */
final class SuperJournal {

    /** From the end: eight bytes of magic, and before them the length and a checksum of the name. */
    private static final int MAGIC_BYTES = 8;

    /** In <a href="https://www.sqlite.org/src/file/src/pager.c">pager.c</a>, aJournalMagic. */
    private static final long MAGIC = 0xd9d505f920a163d7L;

    /**
     * Sees that the database's journal names none. To be called before a connection may roll back.
     *
     * @throws SourceException.SuperJournal if it does
     */
    static void requireNone(SourceFile file) {
        try {
            if (endsWithMagic(Beside.journal(file.path()))) {
                throw new SourceException.SuperJournal(file.path());
            }
        } catch (NoSuchFileException e) {
            // As it nearly always is.
        } catch (IOException e) {
            throw new SourceException.Unreadable(file.path(), "its journal: " + e.getMessage(), e);
        }
    }

    /** SQLite takes no locks on a journal, so it may be opened and closed here. */
    private static boolean endsWithMagic(Path journal) throws IOException {
        if (!Files.exists(journal, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (var channel = FileChannel.open(journal, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            var end = ByteBuffer.allocate(MAGIC_BYTES);
            long position = channel.size() - MAGIC_BYTES;
            while (position >= 0 && end.hasRemaining() && channel.read(end, position + end.position()) >= 0) {
                // Until the end is read.
            }
            return !end.hasRemaining() && end.getLong(0) == MAGIC;
        }
    }

    private SuperJournal() {}
}
