package dev.afterimage.follow;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was taken of one database and is not in the repository yet: whole files of the spool, which become segments of its log in their order.
 * Safe for several threads; one stores at a time.
 *
 * <p>Crash order: a file of the spool is deleted only after its segment is in the repository and in the catalog. Who dies in between stores it
 * once more, under the same name.
 */
final class Outbox {

    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final String database;
    private final FollowedPlaces places;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stored = lock.newCondition();

    /** The oldest first. */
    private final Deque<SpoolFile> waiting = new ArrayDeque<>();

    private boolean storing;

    /** The oldest, while it is stored already, and only its file could not be deleted; of who stores. */
    private @Nullable SpoolFile inRepository;

    private volatile @Nullable String problem;

    Outbox(String database, FollowedPlaces places) {
        this.database = database;
        this.places = places;
    }

    /** Stores a file that has commits, after those that wait already, and closes and deletes it then. */
    void add(SpoolFile file) {
        lock.lock();
        try {
            waiting.add(file);
            if (!storing) {
                places.storing().in(0, this::storeOldest);
                storing = true;
            }
        } finally {
            lock.unlock();
        }
    }

    /** @return when the next is to be stored */
    private long storeOldest() {
        var oldest = oldest();
        if (oldest == null) {
            return Rounds.NEVER;
        }
        try {
            if (!oldest.equals(inRepository)) {
                store(oldest);
                inRepository = oldest;
            }
            places.spool().discard(oldest);
            inRepository = null;
            problem = null;
            remove();
            return 0;
        } catch (RuntimeException | Error e) {
            if (problem == null) {
                log.warn("The log of '{}' cannot be stored, and waits: {}", database, e.toString());
            }
            problem = e.getMessage();
            return RETRY;
        }
    }

    private @Nullable SpoolFile oldest() {
        lock.lock();
        try {
            storing = !waiting.isEmpty();
            return waiting.peek();
        } finally {
            lock.unlock();
        }
    }

    private void store(SpoolFile file) {
        var segment = file.segment();
        if (places.segments().has(segment.databaseId(), segment.chain(), segment.firstCommit(), segment.lastCommit())) {
            places.chains().seenUntil(segment.chain(), file.lastTakenAt());
            return; // it was stored before a crash, and may have been merged since
        }
        long bytes = places.objects().put(segment, file.frames());
        places.records().add(segment, bytes);
        places.chains().seenUntil(segment.chain(), file.lastTakenAt());
        places.copying().in(0, () -> {
            places.copies().put(segment.databaseId(), segment.name(), bytes);
            return Rounds.NEVER;
        });
    }

    private void remove() {
        lock.lock();
        try {
            waiting.remove();
            stored.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** @return whether the repository has a commit that was taken, perhaps only after a while */
    boolean awaitStored(long commit, Duration patience) {
        long left = patience.toNanos();
        lock.lock();
        try {
            while (waits(commit)) {
                if (left <= 0) {
                    return false;
                }
                left = stored.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Guarded by the lock. */
    private boolean waits(long commit) {
        var oldest = waiting.peek();
        return oldest != null && oldest.begin().firstCommit() <= commit;
    }

    /** The number of the oldest commit that waits; empty where all is stored. */
    OptionalLong oldestCommit() {
        lock.lock();
        try {
            var oldest = waiting.peek();
            return oldest == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(oldest.begin().firstCommit());
        } finally {
            lock.unlock();
        }
    }

    /** When the oldest commit was taken that waits. */
    Optional<Instant> oldestTakenAt() {
        lock.lock();
        try {
            return Optional.ofNullable(waiting.peek()).map(SpoolFile::firstTakenAt);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of the spool that wait. */
    long bytes() {
        lock.lock();
        try {
            return waiting.stream().mapToLong(SpoolFile::bytes).sum();
        } finally {
            lock.unlock();
        }
    }

    /** Why the oldest could not be stored; null where nothing was in the way the last time. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Closes what waits after nobody stores any more; it stays in the spool. */
    void close() {
        lock.lock();
        try {
            for (var file : waiting) {
                places.spool().leave(file);
            }
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }
}
