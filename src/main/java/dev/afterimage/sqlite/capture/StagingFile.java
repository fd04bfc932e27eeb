package dev.afterimage.sqlite.capture;

import dev.afterimage.bytes.Fsync;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;

/**
 * The file into which a capture is written, ours alone. It is deleted on {@link #close}, with all that SQLite may have left
 * beside it, unless it was {@linkplain #keep kept}.
 */
public final class StagingFile implements AutoCloseable {

    private final Path path;
    private boolean kept;

    /** Nothing is created yet. */
    public static StagingFile at(Path path) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new IllegalArgumentException("there is a file already: " + path);
        }
        return new StagingFile(path.toAbsolutePath());
    }

    private StagingFile(Path path) {
        this.path = path;
    }

    public Path path() {
        return path;
    }

    /** Bytes written so far. */
    long bytes() {
        try {
            return Files.exists(path) ? Files.size(path) : 0;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Makes what was written survive a power failure. */
    void sync() {
        try {
            Fsync.file(path);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Reads the header back, and sees that the file has as many bytes as the header says. */
    DatabaseHeader verified() {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var header = header(channel);
            requireSame("bytes", header.pageSize() * header.pageCount(), channel.size());
            return header;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Reads the header back, and sees that it says what is expected, and that the file has that many bytes. */
    DatabaseHeader verify(int pageSize, long pageCount) {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var header = header(channel);
            requireSame("bytes per page", pageSize, header.pageSize());
            requireSame("pages", pageCount, header.pageCountIsValid() ? header.pageCount() : pageCount);
            requireSame("bytes", pageSize * pageCount, channel.size());
            return header;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private DatabaseHeader header(FileChannel channel) throws IOException {
        try {
            return DatabaseHeader.read(channel);
        } catch (IllegalArgumentException e) {
            throw StagingProblem.unusable(path, "what was read back has no header: " + e.getMessage(), e);
        }
    }

    private void requireSame(String unit, long expected, long actual) {
        if (expected != actual) {
            throw StagingProblem.unusable(
                    path, "it should have " + expected + " " + unit + ", but has " + actual, null);
        }
    }

    /**
     * Finds out whether this file is the one that an error was about, by making it one page longer, and first of all if it is not
     * there: the C code tells only that there was an error.
     *
     * @throws ProblemException STORAGE_UNREACHABLE in the operating system's words, if so
     */
    void probe(int pageSize) {
        try (var channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            var page = ByteBuffer.allocate(pageSize);
            while (page.hasRemaining()) {
                channel.write(page);
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Has all writes to it fail from now on, by whoever has it open in this process; where there is no {@code /proc}, nothing is done. */
    void refuseWrites() {
        try {
            Descriptor.refuseWrites(path);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** What a failed write means: there is no room, or the operating system says why not. */
    public ProblemException refused(IOException e) {
        return StagingProblem.of(path, e);
    }

    ProblemException unusable(IOException e) {
        return StagingProblem.of(path, e);
    }

    public void keep() {
        kept = true;
    }

    /** Deletes the file and what is beside it; the next attempt may then use the same path. */
    void delete() {
        var family = new ArrayList<>(Beside.all(path));
        family.add(path);
        try {
            for (var file : family) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    @Override
    public void close() {
        if (!kept) {
            delete();
        }
    }
}
