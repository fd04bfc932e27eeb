package dev.afterimage.restore;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.repository.read.UnwritableFileException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Snapshots as plain files for as long as somebody looks into them, and for a while after that: who asks one question often has a second one.
 * What waits for that goes when another look needs the room.
 */
@Component
public class StagedSnapshots extends PeriodicWork {

    private static final Duration TIDYING_PERIOD = Duration.ofSeconds(10);

    private final Snapshots snapshots;
    private final Repository repository;
    private final Path staging;
    private final long mostKept;
    private final Clock clock;

    /** By snapshot, the one that was looked into last at the end. */
    private final Map<UUID, SharedSnapshot> shared = new LinkedHashMap<>();

    private boolean stopped;

    StagedSnapshots(Snapshots snapshots, Repository repository, Node node, LookSettings settings, Clock clock) {
        super("staged-snapshots");
        this.snapshots = snapshots;
        this.repository = repository;
        this.staging = node.staging();
        this.mostKept = settings.cache().toBytes();
        this.clock = clock;
    }

    /**
     * Writes a snapshot to a file in the staging directory, and proves every byte on the way; or finds the one that an earlier look into
     * the same snapshot has left, unless that was deleted or quarantined since. After a failure nothing of it is left; what a crash leaves, the
     * next start deletes.
     *
     * @param copy of the repository that alone is read, and anew each time; null for the repository, and its copies where that fails
     * @return closed by the caller
     * @throws dev.afterimage.problem.ProblemException COPY_NOT_FOUND when there is no such copy
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL before anything is written, when there is no room for it
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when it cannot be written
     * @throws dev.afterimage.repository.SnapshotDamagedException when what is stored is not what was saved
     */
    public StagedSnapshot stage(Snapshot snapshot, @Nullable String copy) {
        if (copy != null || !isAvailable(snapshot.id())) {
            return write(snapshot, copy);
        }
        var look = beginLook(snapshot);
        var ended = new AtomicBoolean();
        try {
            var file = look.get(() -> write(snapshot, null), clock.instant());
            return new StagedSnapshot(file.file(), file.copiesRead(), () -> {
                if (!ended.getAndSet(true)) {
                    endLook(look);
                }
            });
        } catch (RuntimeException | Error e) {
            try {
                endLook(look);
            } catch (RuntimeException another) {
                e.addSuppressed(another);
            }
            throw e;
        }
    }

    private boolean isAvailable(UUID snapshotId) {
        return snapshots
                .find(snapshotId)
                .filter(snapshot -> snapshot.state() == Snapshot.State.AVAILABLE)
                .isPresent();
    }

    private StagedSnapshot write(Snapshot snapshot, @Nullable String copy) {
        long bytes = snapshot.content().sizeBytes();
        makeRoom(bytes);
        Room.in(staging, bytes).requireEnough();
        var file = staging.resolve("look-" + UUID.randomUUID() + ".db");
        try (var reader = open(snapshot, copy)) {
            SnapshotFile.passing(file).copy(reader, PageProgress.NONE);
            return StagedSnapshot.alone(file, reader.copiesRead());
        } catch (UnwritableFileException e) {
            try (var _ = StagedSnapshot.alone(file, Set.of())) {
                throw StagingProblem.of(file, e.refusal());
            }
        } catch (RuntimeException | Error e) {
            try (var _ = StagedSnapshot.alone(file, Set.of())) {
                throw e;
            }
        }
    }

    private SnapshotReader open(Snapshot snapshot, @Nullable String copy) {
        return copy == null
                ? repository.open(snapshot.databaseId(), snapshot.id())
                : repository.openOf(copy, snapshot.databaseId(), snapshot.id());
    }

    private synchronized SharedSnapshot beginLook(Snapshot snapshot) {
        var look = shared.computeIfAbsent(
                snapshot.id(), id -> new SharedSnapshot(id, snapshot.content().sizeBytes()));
        look.begin();
        return look;
    }

    private synchronized void endLook(SharedSnapshot look) {
        look.end(clock.instant());
        shared.remove(look.id());
        shared.put(look.id(), look);
        tidy();
    }

    /** Deletes what nobody will look into any more, nor looks into. */
    void tidyUp() {
        var unavailable =
                sharedIds().stream().filter(id -> !isAvailable(id)).toList(); // not while others wait for the lock
        synchronized (this) {
            waiting().stream().filter(one -> unavailable.contains(one.id())).forEach(this::drop);
            tidy();
        }
    }

    private synchronized List<UUID> sharedIds() {
        return List.copyOf(shared.keySet());
    }

    /** Deletes what nobody looks into and has waited for long enough, or is too much. */
    private void tidy() {
        for (var waiting : waiting()) {
            if (stopped || waiting.bytes() > mostKept || !waiting.isFresh(clock.instant()) || isTooMuch()) {
                drop(waiting);
            }
        }
    }

    /** What waits is to leave as much room to others as it takes itself. */
    private boolean isTooMuch() {
        long waiting = waiting().stream().mapToLong(SharedSnapshot::bytes).sum();
        long all = shared.values().stream()
                .mapToLong(SharedSnapshot::bytes)
                .filter(bytes -> bytes <= mostKept)
                .sum();
        return all > mostKept || waiting > Room.in(staging, waiting).usableBytes();
    }

    private synchronized void makeRoom(long bytes) {
        tidy();
        for (var waiting : waiting()) {
            if (Room.in(staging, bytes).usableBytes() < bytes) {
                drop(waiting);
            }
        }
    }

    private void drop(SharedSnapshot waiting) {
        waiting.delete();
        shared.remove(waiting.id());
    }

    /** The one that waits for longest first. */
    private List<SharedSnapshot> waiting() {
        return shared.values().stream().filter(one -> !one.isInUse()).toList();
    }

    @Override
    protected synchronized void begin(PeriodicThread thread) {
        stopped = false;
        thread.every(TIDYING_PERIOD, this::tidyUp);
    }

    /** Looks that are not over yet delete what they have. */
    @Override
    protected synchronized void end(PeriodicThread thread) {
        super.end(thread);
        stopped = true;
        tidy();
    }
}
