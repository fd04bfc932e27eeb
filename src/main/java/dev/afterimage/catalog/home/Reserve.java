package dev.afterimage.catalog.home;

import dev.afterimage.bytes.Disk;
import dev.afterimage.catalog.HomeFullException;
import dev.afterimage.lifecycle.PeriodicThread;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Room on the disk of the home that is given up when there is no other, so that a full disk can be emptied through the service: also what
 * frees space first writes to the catalog. While it is given up nothing else is done, or it would be used up by what fills disks.
 * The file is written in full, with bytes that no file system compresses, so its room is really taken.
 */
@Component
public final class Reserve {

    private static final Logger log = LoggerFactory.getLogger(Reserve.class);
    private static final String NAME = "reserve";
    private static final Duration TO_MAKE_IT_AGAIN = Duration.ofSeconds(2);
    private static final int PIECE = 1 << 20;

    /** Less than a few entries of the catalog's WAL may need. */
    private static final int NEXT_TO_NOTHING = 1 << 18;

    private final Path home;
    private final Path file;
    private final long size;
    private final PeriodicThread thread = new PeriodicThread("disk-reserve");
    private boolean given;

    /** Before the catalog is opened: a start writes to it, too. */
    public Reserve(Node node, HomeLock held, DiskSettings settings) {
        this.home = node.home();
        this.file = node.home().resolve(NAME);
        this.size = settings.reserve().toBytes();
        if (size > 0) {
            giveIfScarce();
            makeAgain();
            thread.every(TO_MAKE_IT_AGAIN, this::makeAgain);
        }
    }

    public synchronized boolean isGiven() {
        return given;
    }

    /**
     * What does not free space calls this before it writes anything.
     *
     * @throws HomeFullException while the reserve is given up, or when next to nothing is left beside it
     */
    public synchronized void requireRoom() {
        if (given || usable() < NEXT_TO_NOTHING) {
            throw new HomeFullException(home);
        }
    }

    /** Gives it up if less is left on the disk than it has. What frees space calls this first. */
    public synchronized void giveIfScarce() {
        if (size > 0 && !given && usable() < size) {
            try {
                release();
                given = true;
                log.warn("The disk of {} is full: the {} bytes of {} are given up, to free space", home, size, NAME);
            } catch (IOException e) {
                log.error("{} could not be given up, although the disk is full", file, e);
            }
        }
    }

    /** As soon as there is room for it, and as much again. */
    private synchronized void makeAgain() {
        try {
            if (Files.exists(file) && Files.size(file) == size) {
                given = false;
            } else if (usable() >= 2 * size) {
                write();
                given = false;
                log.info("{} is made, {} bytes", file, size);
            }
        } catch (IOException e) {
            log.warn("{} could not be made, it is tried again", file, e);
        }
    }

    private void write() throws IOException {
        var random = new Random(size);
        var piece = new byte[PIECE];
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long left = size; left > 0; left -= PIECE) {
                random.nextBytes(piece);
                var bytes = ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE, left));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            channel.force(true);
        } catch (IOException e) {
            release(); // a part of it would only take what is left
            throw e;
        }
    }

    private void release() throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(0);
        }
    }

    /** Of the disk of the home; unlimited when that cannot be told, since then nothing says that it is scarce. */
    private long usable() {
        try {
            return Disk.usableBytes(home);
        } catch (IOException e) {
            log.warn("How much room is left for {} cannot be told", home, e);
            return Long.MAX_VALUE;
        }
    }

    @PreDestroy
    void end() {
        thread.interrupt();
    }
}
