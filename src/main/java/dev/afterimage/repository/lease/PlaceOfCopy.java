package dev.afterimage.repository.lease;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A place to which a repository is copied. A copy has no lease, but a copy that somebody has made his repository has: who goes on copying there would
 * delete what the other's snapshots need, by a retention that is not the other's. He finds it before he puts or deletes anything, and then does neither.
 *
 * <p>Safe for several threads.
 */
public final class PlaceOfCopy extends Holding {

    private static final Duration BELIEVED_BY_PUTS = Duration.ofMinutes(5);
    private static final Duration BELIEVED_BY_DELETES = Duration.ofSeconds(30);

    /** Each time a lease was deleted by its successor's holder after it was listed. */
    private static final int TRIES = 20;

    private final Storage place;
    private final Storage held;
    private final UUID home;
    private final Clock clock;
    private volatile @Nullable Seen seen;

    private record Seen(@Nullable Problem problem, long nanos, Instant at) {}

    /**
     * Looks at nothing yet.
     *
     * @param home id of the home that copies: its own lease is one of the days when the repository itself lay there
     */
    public PlaceOfCopy(Storage place, UUID home, Clock clock) {
        this.place = place;
        this.held = new HeldStorage(place, this);
        this.home = home;
        this.clock = clock;
    }

    /** The storage into which nothing is put, and from which nothing is deleted, when it is somebody's repository. */
    public Storage storage() {
        return held;
    }

    /**
     * Looks at it now. What must not wait for the next look, such as the deletion of a key, does so first.
     *
     * @throws ProblemException REPOSITORY_HELD when it is the repository of another service
     * @throws ProblemException STORAGE_UNREACHABLE when it cannot be looked at
     */
    public void requireCopy() {
        require(Duration.ZERO);
    }

    @Override
    void requireToPut() {
        require(BELIEVED_BY_PUTS);
    }

    @Override
    void requireToDelete() {
        require(BELIEVED_BY_DELETES);
    }

    private synchronized void require(Duration believed) {
        var last = seen;
        if (last == null || !isYoung(last, believed)) {
            last = new Seen(look(), System.nanoTime(), clock.instant());
            seen = last;
        }
        if (last.problem() != null) {
            throw new ProblemException(last.problem());
        }
    }

    /** By both clocks: one stands while the machine sleeps, the other can be set. */
    private boolean isYoung(Seen last, Duration believed) {
        return System.nanoTime() - last.nanos() < believed.toNanos()
                && Duration.between(last.at(), clock.instant()).abs().compareTo(believed) < 0;
    }

    private @Nullable Problem look() {
        for (int attempt = 1; ; attempt++) {
            try {
                var lease = read(place, last(epochs(place)));
                return lease == null || lease.isOf(home) ? null : held(lease);
            } catch (StorageException.Missing e) {
                if (attempt == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static Problem held(Lease lease) {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("epoch", lease.epoch());
        var holder = lease.holder();
        var who = "a service that this version does not understand";
        if (holder != null) {
            properties.put("host", holder.host());
            properties.put("home", holder.home().toString());
            properties.put("since", holder.since().toString());
            who = "the service on %s, since %s".formatted(holder.host(), holder.since());
        }
        return Problem.of(
                ProblemCode.REPOSITORY_HELD,
                "The place of the copy is the repository of another service: of %s, with lease %d"
                        .formatted(who, lease.epoch()),
                "Where the copy has taken the place of the repository, stop this service. Else give the copy another place; or, when no service has its repository there any more, delete lease/ there.",
                properties);
    }

    @Override
    Optional<Problem> problem() {
        return Optional.ofNullable(seen).flatMap(last -> Optional.ofNullable(last.problem()));
    }

    @Override
    void forget() {
        seen = null;
    }
}
