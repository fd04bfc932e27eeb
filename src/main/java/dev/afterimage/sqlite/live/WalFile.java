package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.format.WalHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The {@code -wal} file of a database that is pinned, which keeps it from being deleted. It may be opened and closed at any
 * time: SQLite takes its locks on the database file and the {@code -shm}, never on this one.
 */
public final class WalFile implements AutoCloseable {

    private final Path database;
    private @Nullable FileChannel channel;

    /** Opens nothing yet. */
    public WalFile(SourceFile file) {
        database = file.path();
    }

    /** Copies it as it is, sharing its blocks where the file system can do that; nothing if there is none. */
    public static void copy(SourceFile file, Path target) throws IOException {
        var wal = Beside.wal(file.path());
        if (!Files.exists(wal)) {
            return;
        }
        try (var opened = Descriptor.ofFile(wal);
                var copy = Descriptor.ofNewFile(target)) {
            if (copy.share(opened)) {
                return;
            }
        }
        Files.copy(wal, target, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Empty if the WAL holds nothing. */
    public Optional<WalHeader> header() {
        var bytes = ByteBuffer.allocate(WalHeader.SIZE);
        read(bytes, 0);
        return WalHeader.parse(bytes.flip());
    }

    /**
     * Fills the buffer from a position of the file, as far as the file goes. Safe for several threads.
     *
     * @throws CancellationException if the thread is interrupted, now or before
     */
    public void read(ByteBuffer buffer, long position) {
        try {
            var wal = channel();
            int start = buffer.position();
            while (buffer.hasRemaining()) {
                if (wal.read(buffer, position + buffer.position() - start) < 0) {
                    return;
                }
            }
        } catch (NoSuchFileException e) {
            // Nobody has written yet. Whoever does makes the file.
        } catch (ClosedChannelException e) {
            // An interrupted thread closes it for all.
            var cancelled = new CancellationException("the thread was interrupted");
            cancelled.initCause(e);
            throw cancelled;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private synchronized FileChannel channel() throws IOException {
        if (channel == null) {
            channel = FileChannel.open(Beside.wal(database), StandardOpenOption.READ);
        }
        return channel;
    }

    @Override
    public synchronized void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private SourceException unreadable(IOException e) {
        return SourceException.unreadable(database, "its WAL: " + e.getMessage(), e);
    }
}
