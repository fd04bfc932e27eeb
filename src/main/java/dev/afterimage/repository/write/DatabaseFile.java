package dev.afterimage.repository.write;

import static java.nio.file.StandardOpenOption.READ;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageSource;
import dev.afterimage.sqlite.format.DatabaseHeader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;

/** A plain database file that nobody writes. */
final class DatabaseFile implements PageSource, Closeable {

    private final Path path;
    private final FileChannel channel;
    private final int pageSize;
    private final long pageCount;

    private DatabaseFile(Path path, FileChannel channel, int pageSize, long pageCount) {
        this.path = path;
        this.channel = channel;
        this.pageSize = pageSize;
        this.pageCount = pageCount;
    }

    /** @throws ProblemException NOT_A_DATABASE if it cannot be read, or is not a whole number of pages that begin with a header */
    static DatabaseFile open(Path path) {
        try {
            var channel = FileChannel.open(path, READ);
            try {
                return open(path, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static DatabaseFile open(Path path, FileChannel channel) throws IOException {
        int pageSize = pageSize(path, channel);
        long size = channel.size();
        if (size % pageSize != 0) {
            throw unusable(path, "%d bytes are no whole number of pages of %d".formatted(size, pageSize));
        }
        return new DatabaseFile(path, channel, pageSize, size / pageSize);
    }

    private static int pageSize(Path path, FileChannel channel) throws IOException {
        try {
            return DatabaseHeader.read(channel).pageSize();
        } catch (IllegalArgumentException e) {
            throw unusable(path, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public long pageCount() {
        return pageCount;
    }

    @Override
    public void read(long firstPage, ByteBuffer buffer) {
        try {
            long start = (firstPage - 1) * pageSize - buffer.position();
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, start + buffer.position()) < 0) {
                    throw unusable(path, "it became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static ProblemException unusable(Path path, String why) {
        return new ProblemException(Problem.of(
                ProblemCode.NOT_A_DATABASE,
                "%s is not an SQLite database: %s".formatted(path, why),
                Map.of("path", path.toString())));
    }

    private static ProblemException unreadable(Path path, IOException e) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.SOURCE_UNREADABLE,
                        "%s cannot be read: %s".formatted(path, e),
                        Map.of("path", path.toString())),
                e);
    }
}
