package dev.afterimage.backup;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
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
     * @throws ProblemException NOT_A_DATABASE when it is empty, does not begin with a header, or has another size than that says
     * @throws ProblemException NOT_A_DATABASE when it looks like an encrypted database
     * @throws ProblemException SOURCE_UNREADABLE when it cannot be read
     */
    public static ImportFile at(Path path) {
        var begin = ByteBuffer.allocate(Encryption.JUDGED_BYTES);
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            while (begin.hasRemaining() && channel.read(begin, begin.position()) >= 0) {
                // Until there is enough to tell what it is, or the file ends.
            }
            return of(path, begin.flip(), channel.size());
        } catch (IOException e) {
            throw new ProblemException(
                    Problem.of(ProblemCode.SOURCE_UNREADABLE, "%s cannot be read: %s".formatted(path, e)), e);
        }
    }

    private static ImportFile of(Path path, ByteBuffer start, long bytes) {
        if (bytes == 0) {
            throw unusable("it is empty");
        }
        var header = header(start, bytes);
        long expected = header.pageSize() * header.pageCount();
        if (header.pageCountIsValid() && bytes < expected) {
            throw unusable("it was cut off: its header says %d pages of %d bytes, which is %d bytes, but it has only %d"
                    .formatted(header.pageCount(), header.pageSize(), expected, bytes));
        }
        if (bytes % header.pageSize() != 0) {
            throw unusable("its %d bytes are no whole number of pages of %d bytes".formatted(bytes, header.pageSize()));
        }
        return new ImportFile(path, header, bytes);
    }

    private static DatabaseHeader header(ByteBuffer start, long bytes) {
        try {
            return DatabaseHeader.parse(start);
        } catch (IllegalArgumentException e) {
            if (Encryption.isLikely(Arrays.copyOf(start.array(), start.limit()), bytes)) {
                throw new ProblemException(Problem.of(
                        ProblemCode.NOT_A_DATABASE,
                        "The file is no SQLite database: " + Encryption.SIGNS,
                        Encryption.WAY_OUT));
            }
            throw unusable(String.valueOf(e.getMessage()));
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

    private static ProblemException unusable(String why) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.NOT_A_DATABASE,
                        "The file is no whole SQLite database: " + why,
                        "Send a whole SQLite 3 database file as the body, byte for byte (curl --data-binary @old.db or -T old.db)."));
    }
}
