package dev.afterimage.restore;

import dev.afterimage.bytes.FileCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot's file in staging that several may look into at once, and that waits for the next one. All but {@link #get} is for whoever holds
 * the lock of {@link StagedSnapshots}.
 */
final class SharedSnapshot {

    /** From the last look to it. */
    static final Duration WAITS = Duration.ofMinutes(5);

    /** A disk that gives back something else than it was given is not believed for ever. */
    static final Duration OLDEST = Duration.ofHours(1);

    private final UUID id;
    private final long bytes;
    private final ReentrantLock writing = new ReentrantLock();
    private @Nullable StagedSnapshot written;
    private Instant writtenAt = Instant.MIN;
    private Instant lookedAt = Instant.MIN;
    private int looks;

    SharedSnapshot(UUID id, long bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    UUID id() {
        return id;
    }

    long bytes() {
        return bytes;
    }

    void begin() {
        looks++;
    }

    void end(Instant now) {
        looks--;
        lookedAt = now;
    }

    boolean isInUse() {
        return looks > 0;
    }

    /** Not when the clock went back either: it would wait for longer than it may. */
    boolean isFresh(Instant now) {
        return written != null
                && !now.isBefore(lookedAt)
                && now.isBefore(lookedAt.plus(WAITS))
                && now.isBefore(writtenAt.plus(OLDEST));
    }

    /**
     * The file, for who has begun a look. While it is written all others wait; when that fails, each tries by itself.
     *
     * @param write makes one of another name each time: of one that is not whole, others may still have the name
     */
    StagedSnapshot get(Supplier<StagedSnapshot> write, Instant now) {
        writing.lock();
        try {
            var there = written;
            if (there != null && !isWhole(there)) {
                delete();
                there = null;
            }
            if (there == null) {
                there = write.get();
                written = there;
                writtenAt = now;
            }
            return there;
        } finally {
            writing.unlock();
        }
    }

    /** Nothing has waited for the disk, which may have refused some of it since; and somebody may have cleared up by hand. */
    private boolean isWhole(StagedSnapshot there) {
        try {
            if (Files.size(there.file()) != bytes) {
                return false;
            }
            FileCalls.requireNothingLost(there.file());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** After a failure it is there, to be deleted again. */
    void delete() {
        if (written != null) {
            written.close();
            written = null;
        }
    }
}
