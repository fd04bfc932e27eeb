package dev.afterimage.repository.log;

import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Pages of a log in a sparse file of the staging directory. Several threads may read and write different ones. The caller closes it, which deletes the
 * file; all throw a problem, STORAGE_FULL or STORAGE_UNREACHABLE, when that file fails.
 */
final class StagedPages implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;

    /** @param staging an existing directory */
    StagedPages(Path staging) {
        this.file = staging.resolve("log-" + UUID.randomUUID() + ".pages");
        try {
            this.channel = FileChannel.open(
                    file,
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.SPARSE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    void write(long position, ByteBuffer content) {
        try {
            for (long at = position; content.hasRemaining(); ) {
                at += channel.write(content, at);
            }
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    /** Fills the buffer. What was never written is all zeros. */
    void read(long position, ByteBuffer buffer) {
        long begin = position - buffer.position();
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, begin + buffer.position()) < 0) {
                    while (buffer.hasRemaining()) {
                        buffer.put((byte) 0);
                    }
                }
            }
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }
}
