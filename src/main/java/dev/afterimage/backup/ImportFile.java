package dev.afterimage.backup;

import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.Encryption;
import dev.afterimage.sqlite.format.JournalMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A plain database file that nobody writes, as far as its header and its size tell what it is.
 *
 * @param bytes its size
 */
public record ImportFile(Path path, DatabaseHeader header, long bytes) {

    private static final String WITHOUT_WAL =
            "The file is of a database in WAL mode. What was only in the -wal beside it,"
                    + " when the file was copied, is not in this snapshot.";

    /**
     * Looks at a file.
     *
     * @throws ImportFileException.Unusable when it is empty, does not begin with a header, or has another size than that says
     * @throws ImportFileException.Encrypted when it looks like an encrypted database
     * @throws ImportFileException.Unreadable when it cannot be read
     */
    public static ImportFile at(Path path) {
        var begin = ByteBuffer.allocate(Encryption.JUDGED_BYTES);
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            while (begin.hasRemaining() && channel.read(begin, begin.position()) >= 0) {
                // Until there is enough to tell what it is, or the file ends.
            }
            return of(path, begin.flip(), channel.size());
        } catch (IOException e) {
            throw new ImportFileException.Unreadable(path, e);
        }
    }

    private static ImportFile of(Path path, ByteBuffer start, long bytes) {
        if (bytes == 0) {
            throw new ImportFileException.Unusable("it is empty");
        }
        var header = header(start, bytes);
        long expected = header.pageSize() * header.pageCount();
        if (header.pageCountIsValid() && bytes < expected) {
            throw new ImportFileException.Unusable(
                    "it was cut off: its header says %d pages of %d bytes, which is %d bytes, but it has only %d"
                            .formatted(header.pageCount(), header.pageSize(), expected, bytes));
        }
        if (bytes % header.pageSize() != 0) {
            throw new ImportFileException.Unusable(
                    "its %d bytes are no whole number of pages of %d bytes".formatted(bytes, header.pageSize()));
        }
        return new ImportFile(path, header, bytes);
    }

    private static DatabaseHeader header(ByteBuffer start, long bytes) {
        try {
            return DatabaseHeader.parse(start);
        } catch (IllegalArgumentException e) {
            if (Encryption.isLikely(Arrays.copyOf(start.array(), start.limit()), bytes)) {
                throw new ImportFileException.Encrypted();
            }
            throw new ImportFileException.Unusable(String.valueOf(e.getMessage()));
        }
    }

    /** What the user should know of it, if it is an old backup. */
    public List<String> notes() {
        var notes = new ArrayList<String>();
        if (header.journalMode() == JournalMode.WAL) {
            notes.add(WITHOUT_WAL);
        }
        long tail = bytes - header.pageSize() * header.pageCount();
        if (header.pageCountIsValid() && tail > 0) {
            notes.add(
                    "The file has %d bytes after the last page that its header counts. SQLite does not read them; they are kept."
                            .formatted(tail));
        }
        return notes;
    }
}
