package dev.afterimage.catalog.home;

import dev.afterimage.lifecycle.StartRefusedException;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import org.springframework.stereotype.Component;

/**
 * Keeps a second Afterimage from using the same home directory. The operating system releases the lock when the process
 * dies, however it dies; so whoever holds it knows that jobs marked as running on this catalog have no living owner.
 */
@Component
public class HomeLock {

    private final FileChannel channel;

    public HomeLock(Node node) throws IOException {
        channel = FileChannel.open(node.home().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!locked()) {
            channel.close();
            throw new StartRefusedException(
                    "Another Afterimage runs with afterimage.home=" + node.home(),
                    "Stop it, or give this one another home");
        }
    }

    private boolean locked() throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // the other one runs in this very process
        }
    }

    @PreDestroy
    public void release() throws IOException {
        channel.close();
    }
}
