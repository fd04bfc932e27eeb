package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The end of a rollback journal that belongs to a transaction of several databases: the name of a
 * <a href="https://www.sqlite.org/tempfiles.html#super_journal_files">super-journal</a>. When SQLite has rolled back, it opens that
 * file, and the journals that are named in it, and deletes it when none of them needs it. Any names can be written there, those of
 * named pipes too, for which it would wait for ever. So where the file exists, the journal is left to the application. Where it
 * does not, the transaction was committed, and nothing is opened.
 */
public final class SuperJournal {

    /** The name, before it the number of a page that no database has; then this. */
    private static final int END_BYTES = 16;

    private static final int LENGTH = 0;
    private static final int MAGIC_OFFSET = 8;

    /** Of names that SQLite can open. */
    private static final int MOST_NAME_BYTES = 4096;

    /**
     * Sees that the database's journal names no file that exists. To be called before a connection may roll back.
     *
     * @throws SourceException.SuperJournal if it does, as it also does while an application that lives commits to several databases
     */
    static void requireNone(SourceFile file) {
        var journal = Beside.journal(file.path());
        // SQLite takes no locks on a journal, so it may be opened and closed here.
        try (var channel = FileChannel.open(journal, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            if (namesFile(channel)) {
                throw new SourceException.SuperJournal(file.path());
            }
        } catch (NoSuchFileException none) {
            // Or a writer has committed and deleted it. If there is one again by now, it is of a writer that lives,
            // whose transaction nobody else rolls back.
        } catch (IOException e) {
            throw SourceException.unreadable(file.path(), "its journal: " + e.getMessage(), e);
        }
    }

    /**
     * Whether a hot journal beside frozen files names one: nobody can tell any more whether that was there when they were frozen, and so
     * whether the transaction was committed.
     */
    public static boolean isNamedBeside(SourceFile frozen) {
        if (RollbackJournal.beside(frozen).isEmpty()) {
            return false;
        }
        try (var journal = FileChannel.open(Beside.journal(frozen.path()), StandardOpenOption.READ)) {
            return !name(journal).isEmpty();
        } catch (CharacterCodingException e) {
            return true;
        } catch (IOException e) {
            throw SourceException.unreadable(frozen.path(), "its journal: " + e.getMessage(), e);
        }
    }

    private static boolean namesFile(FileChannel journal) throws IOException {
        try {
            return exists(name(journal));
        } catch (CharacterCodingException e) {
            return true; // SQLite would open its bytes, of which Java has no path to look at
        }
    }

    /** As far as C takes it for a name; empty if there is none. */
    private static String name(FileChannel journal) throws IOException {
        long start = journal.size() - END_BYTES;
        if (start < 0) {
            return "";
        }
        var end = read(journal, start, END_BYTES);
        int length = end.getInt(LENGTH);
        if (end.getLong(MAGIC_OFFSET) != RollbackJournal.MAGIC
                || length <= 0
                || length > Math.min(MOST_NAME_BYTES, start)) {
            return "";
        }
        var bytes = read(journal, start - length, length).rewind();
        var text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        int zero = text.indexOf('\0');
        return zero < 0 ? text : text.substring(0, zero);
    }

    /** None where a writer that lives has truncated the journal meanwhile. */
    private static boolean exists(String name) {
        try {
            return !name.isEmpty() && Files.exists(Path.of(name), LinkOption.NOFOLLOW_LINKS);
        } catch (InvalidPathException e) {
            return true; // it cannot be told
        }
    }

    private static ByteBuffer read(FileChannel journal, long position, int bytes) throws IOException {
        var buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && journal.read(buffer, position + buffer.position()) >= 0) {
            // Until it is complete; what is cut off meanwhile stays zero.
        }
        return buffer;
    }

    private SuperJournal() {}
}
