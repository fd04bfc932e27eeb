package dev.afterimage.content;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.sqlite.SQLiteConnection;

/**
 * Ends a query when what SQLite sorts or keeps aside for queries takes too much of the temporary directory. Such files have no name
 * any more, and SQLite has no limit for them; this process has them open, which is how they are found.
 */
final class TemporarySpace implements AutoCloseable {

    private static final Path OPEN_FILES = Path.of("/proc/self/fd");
    private static final String SQLITE_TEMPORARY = "etilqs_";
    private static final long MILLIS_BETWEEN_LOOKS = 50;

    private final SQLiteConnection connection;
    private final long most;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread watch;
    private volatile boolean exceeded;

    /**
     * Begins now. To be closed before the connection.
     *
     * @param most bytes, of all temporary files of this process together
     */
    TemporarySpace(SQLiteConnection connection, long most) {
        this.connection = connection;
        this.most = most;
        this.watch = Thread.ofPlatform().daemon().name("query-space").start(this::watch);
    }

    /** Whether it has ended something. */
    boolean exceeded() {
        return exceeded;
    }

    private void watch() {
        try {
            while (!ended.await(MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS)) {
                exceeded |= used() > most;
                if (exceeded) {
                    connection.getDatabase().interrupt(); // each time: between two statements one has no effect
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody knows the thread", e);
        } catch (SQLException e) {
            throw new IllegalStateException("the connection is closed after this", e);
        }
    }

    private static long used() {
        long bytes = 0;
        try (var files = Files.newDirectoryStream(OPEN_FILES)) {
            for (var file : files) {
                bytes += sizeIfTemporary(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return bytes; // what cannot be looked at is not held against the query; its time is limited
        }
        return bytes;
    }

    private static long sizeIfTemporary(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().contains(SQLITE_TEMPORARY) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0; // closed meanwhile
        }
    }

    /** Waits until nothing can be interrupted any more. */
    @Override
    public void close() {
        ended.countDown();
        boolean interrupted = false;
        while (watch.isAlive()) {
            try {
                watch.join();
            } catch (InterruptedException e) {
                interrupted = true; // it ends at once, and must have before the connection is closed
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
