package dev.afterimage.repository.lease;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process knows of who may write to a repository. It takes the lease where nobody has one, or an earlier run of the same home has;
 * the lease of another home it takes only when it is told to. Whoever held it and finds a newer one puts and deletes no more.
 *
 * <p>Nothing that is stored depends on it: a put of somebody who has not noticed yet that he lost it is whole, as it always is with several
 * processes. The lease is there so that two services on one repository are told, and stopped, before their retentions and schedules
 * work against each other for a month.
 *
 * <p>Safe for several threads.
 */
public final class Hold extends Holding {

    private static final Logger log = LoggerFactory.getLogger(Hold.class);

    /** A delete asks again when the last look is older. */
    private static final Duration BELIEVED_BY_DELETES = Duration.ofSeconds(30);

    /** Each time somebody else was quicker. */
    private static final int TRIES = 20;

    private final Storage place;
    private final Storage held;
    private final Lease.Holder self;
    private final Duration every;
    private final Clock clock;
    private volatile @Nullable Seen seen;
    private boolean hadIt;
    private boolean deletedOlder;

    /**
     * What the last look gave.
     *
     * @param lease the newest; null where there is none
     * @param ours whether it is this process's, or nobody is in the way and it could not be written since the storage is full
     */
    private record Seen(@Nullable Lease lease, boolean ours, boolean written, long nanos, Instant at) {

        long epoch() {
            return lease == null ? 0 : lease.epoch();
        }
    }

    /**
     * Looks at nothing yet.
     *
     * @param place the repository's storage
     * @param home id of the home, which stays the same in all runs of a service
     * @param every how often somebody calls {@link #look}; a put believes what was seen in twice that time
     */
    public Hold(Storage place, UUID home, String host, String version, Duration every, Clock clock) {
        this.place = place;
        this.held = new HeldStorage(place, this);
        this.self = new Lease.Holder(home, UUID.randomUUID(), host, Instant.EPOCH, version);
        this.every = every;
        this.clock = clock;
    }

    /** The storage into which only the holder puts, and from which only the holder deletes. Keys apart, which are no service's. */
    public Storage storage() {
        return held;
    }

    public Duration every() {
        return every;
    }

    @Override
    void requireToPut() {
        require(believedByPuts());
    }

    @Override
    void requireToDelete() {
        require(believedByPuts().compareTo(BELIEVED_BY_DELETES) < 0 ? believedByPuts() : BELIEVED_BY_DELETES);
    }

    /** Not the time between two looks: backups would look as well whenever the next look is late. */
    private Duration believedByPuts() {
        return every.multipliedBy(2);
    }

    private void require(Duration believed) {
        var last = seen;
        if (last == null || !isYoung(last, believed)) {
            last = lookAgain();
        }
        if (!last.ours()) {
            throw new ProblemException(held(last));
        }
    }

    /** By both clocks: one stands while the machine sleeps, the other can be set. */
    private boolean isYoung(Seen last, Duration believed) {
        return System.nanoTime() - last.nanos() < believed.toNanos()
                && Duration.between(last.at(), clock.instant()).abs().compareTo(believed) < 0;
    }

    /**
     * Looks at who has the lease, and takes it where nobody is in the way.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when that cannot be looked at, or written
     */
    public void look() {
        lookAgain();
    }

    @Override
    Optional<Problem> problem() {
        return Optional.ofNullable(seen).filter(last -> !last.ours()).map(this::held);
    }

    /** Whether it is this process's by the last look. Costs nothing. */
    public boolean isOurs() {
        var last = seen;
        return last != null && last.ours();
    }

    /**
     * The newest lease as it is now; nothing where there is none. Takes none.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when that cannot be looked at
     */
    public synchronized Optional<Lease> newest() {
        place.requirePresence();
        for (int attempt = 1; ; attempt++) {
            try {
                var lease = read(place, newest(epochs(place)));
                var before = seen;
                if (before != null && lease != null && lease.epoch() > before.epoch() && !lease.isBy(self.run())) {
                    note(new Seen(lease, false, false, System.nanoTime(), clock.instant()));
                }
                return Optional.ofNullable(lease);
            } catch (StorageException.Missing e) {
                requireMore(attempt);
            }
        }
    }

    @Override
    synchronized void forget() {
        seen = null;
        hadIt = false;
        deletedOlder = false;
    }

    private synchronized Seen lookAgain() {
        place.requirePresence();
        for (int attempt = 1; ; attempt++) {
            try {
                var now = lookOnce();
                if (now != null) {
                    note(now);
                    return now;
                }
                requireMore(attempt);
            } catch (StorageException.Missing e) { // its successor's holder has deleted it since it was listed
                requireMore(attempt);
            }
        }
    }

    private static void requireMore(int attempt) {
        if (attempt == TRIES) {
            throw new ProblemException(Problem.of(
                    ProblemCode.STORAGE_UNREACHABLE,
                    "Others take the lease of the repository all the time, or what is put there is not listed"));
        }
    }

    /** Null when it has put a lease: only the next look tells whether that is the newest, for who was slow may get a number that was deleted. */
    private @Nullable Seen lookOnce() {
        var epochs = epochs(place);
        long newest = newest(epochs);
        var before = seen;
        if (before != null && before.ours() && before.written() && before.epoch() == newest) {
            deleteOlder(epochs);
            return new Seen(before.lease(), true, true, System.nanoTime(), clock.instant());
        }
        var lease = read(place, newest);
        if (lease != null && lease.isBy(self.run())) {
            hadIt = true;
            deleteOlder(epochs);
            return new Seen(lease, true, true, System.nanoTime(), clock.instant());
        }
        if (!isFree(lease, before)) {
            return new Seen(lease, false, false, System.nanoTime(), clock.instant());
        }
        try {
            put(Math.max(newest, hadIt && before != null ? before.epoch() : 0) + 1);
            return null;
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.STORAGE_FULL) {
                throw e;
            }
            // A full storage must be emptied, and nobody is in the way.
            return new Seen(lease, true, false, System.nanoTime(), clock.instant());
        }
    }

    /**
     * One that lost it to its own home has a twin, which is as good as another home. One that had it and finds an older one, or none, has before it
     * what the storage was before, or from what somebody has deleted.
     */
    private boolean isFree(@Nullable Lease lease, @Nullable Seen before) {
        return lease == null
                || (before != null && before.ours() && before.written() && lease.epoch() < before.epoch())
                || (!hadIt && lease.isOf(self.home()));
    }

    /**
     * Takes the lease from whoever has it. He notices at his next look, before his next delete, or after twice the time between two looks at the latest.
     *
     * @param epoch of the lease that he has; 0 for none
     * @throws ProblemException REPOSITORY_HELD when another is the newest, or somebody was quicker
     * @throws ProblemException STORAGE_UNREACHABLE, STORAGE_FULL
     */
    public synchronized Lease takeOver(long epoch) {
        var lease = newest().orElse(null);
        if (lease != null && lease.isBy(self.run())) {
            return lease;
        }
        if (lease != null && lease.epoch() != epoch) {
            throw new ProblemException(held(new Seen(lease, false, false, System.nanoTime(), clock.instant())));
        }
        put(lease == null ? 1 : epoch + 1);
        var now = lookAgain();
        if (!now.ours() || now.lease() == null) {
            throw new ProblemException(held(now));
        }
        return now.lease();
    }

    /** A list may leave out what is there: who has lost the lease would have it again by that. */
    private long newest(List<Long> epochs) {
        long listed = last(epochs);
        var before = seen;
        return before != null && before.epoch() > listed && isThere(before.epoch()) ? before.epoch() : listed;
    }

    private boolean isThere(long epoch) {
        try {
            place.size(Lease.key(epoch));
            return true;
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    private void put(long epoch) {
        var since = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        var mine = new Lease(epoch, new Lease.Holder(self.home(), self.run(), self.host(), since, self.version()));
        try (var object = place.create()) {
            object.write(ByteBuffer.wrap(mine.encode()));
            var _ = object.put(
                    mine.key()); // somebody may have been quicker, or an answer got lost: the next look tells
        }
    }

    /** Once: where they cannot be deleted, such as in a bucket that locks objects, they stay, and do not matter. */
    private void deleteOlder(List<Long> epochs) {
        var older = epochs.subList(0, Math.max(0, epochs.size() - 1));
        if (older.isEmpty() || deletedOlder) {
            return;
        }
        deletedOlder = true;
        try {
            place.delete(older.stream().map(Lease::key).toList());
        } catch (ProblemException e) {
            log.info("Leases of the repository that no longer count stay: {}", e.getMessage());
        }
    }

    private void note(Seen now) {
        var before = seen;
        seen = now;
        if (!now.ours() && (before == null || before.ours() || before.epoch() != now.epoch())) {
            log.error("{}. {}", held(now).detail(), held(now).hint());
        } else if (now.ours() && before != null && !before.ours()) {
            log.info("This service writes to the repository from now on: it has lease {}", now.epoch());
        }
    }

    private Problem held(Seen now) {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("epoch", now.epoch());
        var holder = now.lease() == null ? null : now.lease().holder();
        if (holder == null) {
            return Problem.of(
                    ProblemCode.REPOSITORY_HELD,
                    "Another service writes to the repository: lease %d cannot be understood by this version"
                            .formatted(now.epoch()),
                    properties);
        }
        properties.put("host", holder.host());
        properties.put("home", holder.home().toString());
        properties.put("since", holder.since().toString());
        var who = holder.home().equals(self.home()) ? "Another process with a copy of this home" : "Another service";
        return Problem.of(
                ProblemCode.REPOSITORY_HELD,
                "%s writes to the repository: the one on %s, which has lease %d since %s"
                        .formatted(who, holder.host(), now.epoch(), holder.since()),
                properties);
    }
}
