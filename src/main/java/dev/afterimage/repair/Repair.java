package dev.afterimage.repair;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.snapshots.LayerChecks;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotDeletions;
import dev.afterimage.catalog.snapshots.SnapshotNotFoundException;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.check.Check;
import dev.afterimage.check.CheckFailedException;
import dev.afterimage.check.Quarantines;
import dev.afterimage.follow.LogRecords;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.recovery.UnrecordedSnapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.copies.DatabaseRepair;
import dev.afterimage.repository.copies.RepositoryRepair;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Finds what the repository has lost, or has not as it was written, and brings it back from its copies. It reads all that snapshots need, as a check
 * of the whole repository does. It can be stopped and run again at any time.
 */
@Component
public class Repair {

    /** In which progress is counted, in bytes. */
    private static final int UNIT = 4096;

    /** While databases or snapshots are counted, not bytes. */
    private static final int NO_BYTES = 0;

    private final Repository repository;
    private final Databases databases;
    private final Snapshots snapshots;
    private final SnapshotTotals totals;
    private final SnapshotDeletions deletions;
    private final LayerChecks layerChecks;
    private final LogChecks logChecks;
    private final LogCuts logCuts;
    private final LogRecords logRecords;
    private final UnrecordedSnapshots unrecorded;
    private final Quarantines quarantines;
    private final Check check;
    private final Clock clock;

    public Repair(
            Repository repository,
            Databases databases,
            Snapshots snapshots,
            SnapshotTotals totals,
            SnapshotDeletions deletions,
            LayerChecks layerChecks,
            LogChecks logChecks,
            LogCuts logCuts,
            LogRecords logRecords,
            UnrecordedSnapshots unrecorded,
            Quarantines quarantines,
            Check check,
            Clock clock) {
        this.repository = repository;
        this.databases = databases;
        this.snapshots = snapshots;
        this.totals = totals;
        this.deletions = deletions;
        this.layerChecks = layerChecks;
        this.logChecks = logChecks;
        this.logCuts = logCuts;
        this.logRecords = logRecords;
        this.unrecorded = unrecorded;
        this.quarantines = quarantines;
        this.check = check;
        this.clock = clock;
    }

    /**
     * Puts back what is damaged or missing, gives snapshots their rows that have none, and lifts the quarantines of those of which all is there
     * again. Where SQLite has found something, too, that needs a FULL check, which is run. What no copy has whole is left as it is, and the
     * snapshots that need it are quarantined.
     *
     * @param staging an empty directory for restored files; empty again afterwards
     * @throws ProblemException REPOSITORY_DAMAGED when something is left that is missing or damaged; all else is repaired then
     * @throws ProblemException COPY_NOT_FOUND when there is no such copy, or none at all
     * @throws ProblemException STORAGE_UNREACHABLE when the repository is away, or all copies are
     * @throws ProblemException STORAGE_FULL when what was fetched has no room; what is damaged is as it was then
     */
    public Repaired run(RepairOrder order, Path staging, PageProgress progress) {
        repository.requirePresence();
        return new Run(order, staging, progress).all();
    }

    private final class Run {

        private final RepairOrder order;
        private final Path staging;
        private final PageProgress progress;
        private final Map<String, String> away = new LinkedHashMap<>();
        private final RepositoryRepair objects;
        private final Map<UUID, String> names = new LinkedHashMap<>();
        private final Map<UUID, Predicate<UUID>> wanted = new LinkedHashMap<>();
        private final List<Repaired.Left> left = new ArrayList<>();
        private final Set<UUID> broughtBack = new LinkedHashSet<>();
        private final Set<UUID> mended = new LinkedHashSet<>();

        Run(RepairOrder order, Path staging, PageProgress progress) {
            this.order = order;
            this.staging = staging;
            this.progress = progress;
            this.objects = new RepositoryRepair(repository.vault(), copies(), order.dryRun(), clock);
        }

        private List<Vault.Copy> copies() {
            var from = order.from();
            var asked = repository.vault().copies().stream()
                    .filter(copy -> from == null || copy.name().equals(from))
                    .toList();
            if (asked.isEmpty()) {
                throw new ProblemException(Problem.of(
                        ProblemCode.COPY_NOT_FOUND,
                        from == null
                                ? "There is no copy of the repository from which it could be repaired"
                                : "No copy of the repository is called '%s'".formatted(from)));
            }
            var there = RepositoryRepair.there(
                    asked, (name, problem) -> away.put(name, String.valueOf(problem.getMessage())));
            if (there.isEmpty()) {
                throw new ProblemException(Problem.of(
                        ProblemCode.STORAGE_UNREACHABLE,
                        "No copy of the repository can be read: "
                                + away.entrySet().stream()
                                        .map(one -> one.getKey() + ": " + one.getValue())
                                        .collect(Collectors.joining("; "))));
            }
            return there;
        }

        Repaired all() {
            tell(objects.keys());
            for (var total : totals.all()) {
                names.put(total.databaseId(), total.name());
            }
            repository.databases().forEach(id -> names.putIfAbsent(id, id.toString()));
            repairDatabases();
            repairLogs();
            tell(objects.catalogs());
            var repaired = new Repaired(
                    objects.repaired().entrySet().stream()
                            .map(one -> new Repaired.FromCopy(
                                    one.getKey(),
                                    one.getValue().objects(),
                                    one.getValue().bytes()))
                            .toList(),
                    List.copyOf(broughtBack),
                    List.copyOf(mended),
                    left,
                    away);
            if (!left.isEmpty() && !order.dryRun()) {
                throw damaged(repaired);
            }
            return repaired;
        }

        private void repairDatabases() {
            var uses = new ArrayList<LayersInUse.Use>();
            try {
                var listed = listed(uses);
                long total = listed.values().stream()
                                .mapToLong(DatabaseRepair::bytes)
                                .sum()
                        / UNIT;
                var reading = progress.phase("REPAIRING", UNIT);
                long done = 0;
                for (var one : listed.entrySet()) {
                    long before = done;
                    one.getValue()
                            .run(
                                    layerChecks.withFindings(one.getKey()),
                                    Objects.requireNonNull(wanted.get(one.getKey())),
                                    read -> reading.pages(Math.min((before + read) / UNIT, total), total));
                    done += one.getValue().bytes();
                    settle(one.getKey(), one.getValue());
                }
                reading.pages(total, total);
            } finally {
                uses.forEach(LayersInUse.Use::close);
            }
        }

        /** One after the other: the list of a log can be long. */
        private void repairLogs() {
            for (var id : objects.databasesWithLogs()) {
                if (!names.containsKey(id)) {
                    continue; // nobody knows whether it was removed with all that it had
                }
                var log = objects.logOf(id, () -> logCuts.of(id));
                long total = log.bytes() / UNIT;
                var reading = progress.phase("REPAIRING_LOGS", UNIT);
                log.run(read -> reading.pages(Math.min(read / UNIT, total), total));
                tell(log.left());
                if (!order.dryRun()) {
                    if (log.isChanged() && databases.find(id).isPresent()) {
                        logRecords.complete(id);
                    }
                    var whole = log.whole();
                    logChecks.withFindings(id).stream() // few: most never had anything
                            .filter(place -> SegmentName.cover(whole, name(place)))
                            .forEach(place -> logChecks.found(id, place, null));
                    log.damaged().forEach((segment, found) -> logChecks.found(id, place(segment), found));
                }
            }
        }

        private static SegmentName name(LogChecks.Place place) {
            return new SegmentName(place.chain(), place.firstCommit(), place.lastCommit());
        }

        private static LogChecks.Place place(SegmentName segment) {
            return new LogChecks.Place(segment.chain(), segment.firstCommit(), segment.lastCommit());
        }

        private Map<UUID, DatabaseRepair> listed(List<LayersInUse.Use> uses) {
            var listing = progress.phase("LISTING", NO_BYTES);
            var awaited = snapshots.awaited();
            var listed = new LinkedHashMap<UUID, DatabaseRepair>();
            for (var id : names.keySet()) {
                listing.pages(listed.size(), names.size());
                var use = repository.bringingBack(id);
                uses.add(use);
                wanted.put(id, isWanted(id)); // before it is decided what is missing: its turn may come hours later
                var one = objects.of(id, expected(id, awaited), use);
                one.list(going(id));
                listed.put(id, one);
            }
            return listed;
        }

        /** Those that the catalog knows, and those that a lost catalog knew: only these may not have been deleted on purpose. */
        private Set<UUID> expected(UUID databaseId, Set<UUID> awaited) {
            var expected = new LinkedHashSet<>(snapshots.present(databaseId));
            if (!awaited.isEmpty()) {
                objects.snapshotsOfCopies(databaseId).stream()
                        .filter(awaited::contains)
                        .forEach(expected::add);
            }
            return expected;
        }

        private Set<UUID> going(UUID databaseId) {
            return deletions.unfinished().stream()
                    .filter(deletion -> deletion.databaseId().equals(databaseId))
                    .map(SnapshotDeletions.Deletion::snapshotId)
                    .collect(Collectors.toSet());
        }

        /** One that had a row and has none any more was deleted meanwhile. */
        private Predicate<UUID> isWanted(UUID databaseId) {
            var recorded = snapshots.present(databaseId);
            return id -> !recorded.contains(id) || snapshots.find(id).isPresent();
        }

        private void settle(UUID databaseId, DatabaseRepair repaired) {
            tell(repaired.left());
            broughtBack.addAll(repaired.broughtBack());
            if (order.dryRun()) {
                restorable(databaseId, repaired).map(Snapshot::id).forEach(mended::add);
                return;
            }
            repaired.left()
                    .forEach(one -> quarantines.lost(
                            String.valueOf(names.get(databaseId)), one.key() + ": " + one.found(), one.snapshots()));
            repaired.whole().forEach(layer -> layerChecks.add(databaseId, layer, clock.instant(), null));
            if (databases.find(databaseId).isPresent()) {
                unrecorded.recordAll(databaseId, repaired.restorable());
            }
            var checking = progress.phase("CHECKING", NO_BYTES);
            restorable(databaseId, repaired).forEach(snapshot -> lift(snapshot, checking));
        }

        /** Those that are quarantined and need not be, the oldest first: what is known of one is known of those that were built on it. */
        private Stream<Snapshot> restorable(UUID databaseId, DatabaseRepair repaired) {
            return snapshots.all(databaseId).reversed().stream()
                    .filter(snapshot -> snapshot.state() == Snapshot.State.QUARANTINED)
                    .filter(snapshot -> repaired.restorable().contains(snapshot.id()));
        }

        private void lift(Snapshot snapshot, PageProgress checking) {
            try {
                checking.pages(0, 0);
                if (!quarantines.lift(snapshot.id())) {
                    check.run(snapshot.id(), CheckLevel.FULL, staging, progress);
                }
                mended.add(snapshot.id());
            } catch (SnapshotNotFoundException deletedMeanwhile) {
                // Nobody asks for it.
            } catch (CheckFailedException e) {
                left.add(new Repaired.Left(
                        snapshot.databaseName(),
                        "snapshot " + snapshot.id(),
                        String.join("; ", e.messages()),
                        List.of(snapshot.id())));
            }
        }

        private void tell(List<RepositoryRepair.Left> found) {
            found.forEach(one -> left.add(new Repaired.Left(
                    one.databaseId() == null ? null : names.get(one.databaseId()),
                    one.key(),
                    one.found(),
                    one.snapshots())));
        }

        private static ProblemException damaged(Repaired repaired) {
            var first = repaired.left().getFirst();
            return new ProblemException(Problem.of(
                    ProblemCode.REPOSITORY_DAMAGED,
                    "Put back %d objects of %d bytes; what no copy has whole: %d; first: %s, %s"
                            .formatted(
                                    repaired.objects(),
                                    repaired.bytes(),
                                    repaired.left().size(),
                                    first.object(),
                                    first.damage()),
                    Map.of(
                            "repaired",
                            repaired.from(),
                            "snapshotsBroughtBack",
                            repaired.snapshotsBroughtBack(),
                            "snapshotsMended",
                            repaired.snapshotsMended(),
                            "damaged",
                            repaired.left(),
                            "copiesAway",
                            repaired.away())));
        }
    }
}
