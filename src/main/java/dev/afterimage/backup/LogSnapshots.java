package dev.afterimage.backup;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.follow.Moment;
import dev.afterimage.follow.Moments;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.Extent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes snapshots of followed databases out of their logs; the databases are not read. */
@Component
public class LogSnapshots {

    /** What snapshots say took them that were made of a log; no method that a backup can ask for. */
    public static final String METHOD = "LOG";

    /** So often the database itself is read all the same, and what the log makes of it is compared with it. */
    static final Duration READ_EVERY = Duration.ofDays(7);

    private static final Duration KEPT = Duration.ofDays(1);

    private static final String REASON = "The database is followed, so its log has all that was committed.";

    private final Drafts drafts;
    private final Repository repository;
    private final Moments moments;
    private final Replays replays;
    private final LogAnchors anchors;
    private final Snapshots snapshots;
    private final Clock clock;
    private final Map<UUID, Object> oneAtATime = new ConcurrentHashMap<>();

    LogSnapshots(
            Drafts drafts,
            Repository repository,
            Moments moments,
            Replays replays,
            LogAnchors anchors,
            Snapshots snapshots,
            Clock clock) {
        this.drafts = drafts;
        this.repository = repository;
        this.moments = moments;
        this.replays = replays;
        this.anchors = anchors;
        this.snapshots = snapshots;
        this.clock = clock;
    }

    /**
     * The newest state that the log of a database has, where a backup is to be made of it: not where the schema has changed since the
     * snapshot from which it is replayed, because then nobody has counted the tables, nor where it is time to read the database.
     */
    Optional<Moment> newest(Database database) {
        try {
            return moments.newest(database)
                    .filter(moment -> !moment.changesSchema())
                    .filter(moment -> anchors.lastRead(moment.chain())
                            .filter(read -> read.plus(READ_EVERY).isAfter(clock.instant()))
                            .isPresent());
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.FOLLOW_BEHIND || e.code() == ProblemCode.LOG_DAMAGED) {
                return Optional.empty(); // what it says is told where the database's following is shown
            }
            throw e;
        }
    }

    /**
     * The snapshot of one of all commits that can be had.
     *
     * @param place among them, which is taken modulo their number
     * @param damage hears why it cannot be made of what is stored, and from which snapshot it was to be replayed
     * @throws dev.afterimage.follow.MomentNotReachableException when there is none
     * @throws DamagedSegmentException when what is to be replayed is not what was stored
     * @throws SnapshotDamagedException when the snapshot from which it is replayed is not
     */
    public Snapshot random(Database database, long place, BiConsumer<UUID, Problem> damage) {
        try {
            return of(database, moments.anyOf(database, place));
        } catch (DamagedSegmentException e) {
            before(e.segment()).ifPresent(snapshot -> damage.accept(snapshot, e.problem()));
            throw e;
        } catch (SnapshotDamagedException e) {
            damage.accept(e.snapshotId(), e.problem());
            throw e;
        }
    }

    /** Empty where it is gone. */
    private Optional<UUID> before(SegmentName segment) {
        return anchors.nearest(segment.chain(), segment.firstCommit()).map(LogAnchor::snapshotId);
    }

    /** Makes the snapshot that a backup is to make. */
    Manifest take(Database database, BackupPlan plan, Moment moment, PageProgress progress) {
        return make(database, plan.snapshotId(), plan.labels(), Method.AUTO.name(), clock.instant(), moment, progress);
    }

    /** The snapshot of a state, where there is one. */
    public Optional<Snapshot> find(Moment moment) {
        return anchors.at(moment.chain(), moment.commit()).flatMap(snapshots::find);
    }

    /**
     * A snapshot of a state, published and in the catalog; one that is there already is not made again. It expires after a day, unless somebody
     * says otherwise: whoever may look at moments would else fill the repository.
     *
     * @throws DamagedSegmentException when what is to be replayed is not what was stored
     * @throws dev.afterimage.repository.format.UnusableSnapshotException when the snapshot from which it is replayed cannot be read
     */
    public Snapshot of(Database database, Moment moment) {
        synchronized (oneAtATime.computeIfAbsent(database.id(), _ -> new Object())) {
            var there = find(moment);
            if (there.isPresent()) {
                return there.get();
            }
            var id = TimeOrderedId.at(moment.takenAt());
            var manifest = make(database, id, Map.of(), METHOD, moment.takenAt(), moment, PageProgress.NONE);
            snapshots.add(SnapshotRows.of(manifest));
            return snapshots.change(id, null, null, true, clock.instant().plus(KEPT));
        }
    }

    private Manifest make(
            Database database,
            UUID id,
            Map<String, String> labels,
            String requested,
            Instant createdAt,
            Moment moment,
            PageProgress progress) {
        var anchorId = moment.anchor().snapshotId();
        var anchor = repository.find(database.id(), anchorId).orElseThrow(() -> new SnapshotGoneException(anchorId));
        try (var draft = drafts.beginOn(database, anchor)) {
            var extent = replay(moment, anchor, draft, progress);
            return draft.publish(id, labels, createdAt, requested, REASON, moment, extent);
        }
    }

    private @Nullable Extent replay(Moment moment, Manifest anchor, Draft draft, PageProgress progress) {
        if (moment.segments().isEmpty()) {
            return anchor.capture().extent();
        }
        try (var state = replays.of(moment, progress)) {
            draft.writer().addChanges(state, progress.phase("SAVING", state.pageSize()));
            var before = anchor.capture().extent();
            return before == null || moment.changesSchema()
                    ? null
                    : new Extent(
                            state.pagesInUse().orElse(before.bytesInUse() / state.pageSize()) * state.pageSize(),
                            before.tables());
        }
    }
}
