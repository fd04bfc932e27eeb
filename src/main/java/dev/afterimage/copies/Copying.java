package dev.afterimage.copies;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.copies.DatabaseCopy;
import dev.afterimage.repository.copies.LogCopy;
import dev.afterimage.repository.copies.RepositoryCopy;
import dev.afterimage.repository.copies.SideBySide;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.lease.PlaceOfCopy;
import dev.afterimage.repository.objects.Usage;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Gives a copy what the repository has. The catalog knows before, what is about to be there. */
@Component
public class Copying {

    private static final int THREADS = 3;

    /** While one waits for what it reads the other one sends; more would only make each request take longer. */
    private static final int THREADS_AT_A_RATE = 2;

    /** In which segments that come while others are copied are copied by the same run. */
    private static final int ROUNDS = 20;

    /** A layer that a prune or a compaction took away since the lists were read has a successor in the next ones. */
    private static final int TRIES = 3;

    /** All that lies in both places is compared so often: what the catalog does not know of may have come, or gone. */
    private static final Duration COMPARE_EVERY = Duration.ofDays(1);

    private static final int BYTES = 1;

    private final Copies copies;
    private final RepositoryCopies made;
    private final CopiedSnapshots known;
    private final Repository repository;
    private final Adoptions adoptions;
    private final Node node;
    private final CopyRetention retention;
    private final LogCuts cuts;
    private final WaitingSegments waiting;
    private final Clock clock;
    private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();
    private final Map<String, Totals> totals = new ConcurrentHashMap<>();

    /** What was done for a copy since the service started. */
    public static final class Totals {

        private final LongAdder objects = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final LongAdder failures = new LongAdder();

        void put(long bytesOfObject) {
            objects.increment();
            bytes.add(bytesOfObject);
        }

        /** That were put there. */
        public long objects() {
            return objects.sum();
        }

        /** Of these objects. */
        public long bytes() {
            return bytes.sum();
        }

        /** Runs that failed. */
        public long failures() {
            return failures.sum();
        }
    }

    Copying(
            Copies copies,
            RepositoryCopies made,
            CopiedSnapshots known,
            Repository repository,
            Adoptions adoptions,
            Node node,
            CopyRetention retention,
            LogCuts cuts,
            WaitingSegments waiting,
            Clock clock) {
        this.copies = copies;
        this.made = made;
        this.known = known;
        this.repository = repository;
        this.adoptions = adoptions;
        this.node = node;
        this.retention = retention;
        this.cuts = cuts;
        this.waiting = waiting;
        this.clock = clock;
    }

    /** Of a copy that is configured. */
    public Totals totals(String name) {
        return totals.computeIfAbsent(name, _ -> new Totals());
    }

    /** How much a run looks at. */
    public enum Extent {
        /** What has changed since, as the catalog knows it; once a day all. */
        NEWS,
        /** All that lies in both places. */
        ALL,
        /** The same; and a place that had the copy, and is empty now, gets it again. */
        ANEW
    }

    /**
     * Copies all that the copy lacks, and deletes there what was deleted from the repository, if the settings say so. It can be stopped and run
     * again at any time.
     *
     * @param progress told of bytes; may throw to stop
     * @throws ProblemException STORAGE_UNREACHABLE when either place is away, or the copy's has something else
     * @throws ProblemException STORAGE_FULL when the copy's is full
     * @throws ProblemException REPOSITORY_DAMAGED when something of the repository is damaged; all else is copied then
     * @throws ProblemException COPY_NOT_FOUND when the copy is not configured
     * @throws ProblemException REPOSITORY_HELD when another service writes to the repository, or has made the copy its own
     */
    public Copied run(String name, Extent extent, PageProgress progress) {
        repository.requireWritable(); // who writes to it no more has no say in what its copies have
        var copy = copies.get(name);
        var turn = turns.computeIfAbsent(name, _ -> new ReentrantLock());
        turn.lock(); // two runs would each take what the other has just put for left over
        try {
            return new Run(copy, progress).run(extent);
        } catch (ProblemException e) {
            totals(name).failures.increment();
            made.failed(
                    name,
                    copy.location().toString(),
                    adoptions.current().orElseThrow(),
                    e.code().name(),
                    e.problem().detail(),
                    known.lacking(name));
            throw e;
        } finally {
            turn.unlock();
        }
    }

    /** One run; the layers of a snapshot are copied by several threads. */
    private final class Run {

        private final PlaceOfCopy place;
        private final Copies.Copy copy;
        private final PageProgress progress;
        private final RepositoryCopy objects;
        private final List<Copied.Left> left = new ArrayList<>();
        private final AtomicLong bytesDone = new AtomicLong();
        private final AtomicLong layers = new AtomicLong();
        private final AtomicLong segments = new AtomicLong();
        private volatile boolean stopped;
        private long bytesTotal;
        private long snapshots;
        private long deleted;
        private Usage segmentsThere = Usage.NONE;
        private Usage segmentsDeleted = Usage.NONE;

        Run(Copies.Copy configured, PageProgress progress) {
            this.place = new PlaceOfCopy(configured.storage(), node.id(), clock);
            this.copy = configured.by(place.storage());
            this.progress = progress;
            this.objects =
                    new RepositoryCopy(repository.vault(), copy.storage(), copy.rate(), totals(copy.name())::put);
        }

        Copied run(Extent extent) {
            requireMade(extent == Extent.ANEW);
            place.requireCopy();
            waiting.reached(copy.name());
            var state = made.find(copy.name()).orElseThrow();
            tell(objects.copyKeys(copy.delete()));
            var usage = extent != Extent.NEWS || isToCompare(state.listedAt()) ? all() : news(state);
            if (!left.isEmpty()) {
                throw new ProblemException(
                        Problem.of(ProblemCode.REPOSITORY_DAMAGED, Copied.told(left), Map.of("damaged", left)));
            }
            made.succeeded(copy.name(), known.lacking(copy.name()), usage.objects(), usage.bytes());
            return new Copied(
                    copy.name(),
                    snapshots,
                    layers.get(),
                    segments.get(),
                    bytesDone.get(),
                    deleted,
                    known.beyond(copy.name()));
        }

        private boolean isToCompare(@Nullable Instant listedAt) {
            var now = clock.instant();
            return listedAt == null
                    || listedAt.isAfter(now)
                    || listedAt.plus(COMPARE_EVERY).isBefore(now);
        }

        /** What the catalog knows of: the place is listed for no database of which nothing is new. */
        private Usage news(RepositoryCopies.Known state) {
            retention.decide(copy, known.lackingByDatabase(copy.name()).keySet());
            var lacking = known.lackingByDatabase(copy.name());
            var databases = new ArrayList<DatabaseCopy>();
            lacking.forEach((id, missing) -> databases.add(counted(objects.of(id, missing))));
            copy(databases, !waiting.isCompared(copy.name()));
            tellMissing(lacking);
            deleteSnapshots();
            var put = objects.put();
            return new Usage(
                    Math.toIntExact(Math.max(0, state.objects() + put.objects() - deleted - segmentsDeleted.objects())),
                    Math.max(0, state.bytes() + put.bytes() - segmentsDeleted.bytes()));
        }

        private Usage all() {
            removeLeftovers();
            retention.decide(copy, known.databases(copy.name()));
            var lacking = known.lackingByDatabase(copy.name());
            progress.phase("LISTING", 0).pages(0, 1);
            var comparison = objects.compare();
            for (var id : comparison.databasesThere()) {
                known.copied(copy.name(), id, comparison.snapshotsThere(id));
            }
            known.databases(copy.name()).forEach(id -> forgetLost(id, comparison));
            var unwanted = new HashMap<UUID, Set<UUID>>();
            known.databases(copy.name()).forEach(id -> unwanted.put(id, known.dropped(copy.name(), id)));
            copy(
                    comparison.databasesLacking(unwanted).stream()
                            .map(id -> counted(comparison.lacking(id, unwanted.getOrDefault(id, Set.of()))))
                            .toList(),
                    true);
            lacking.forEach((id, missing) -> missing.removeIf(snapshot -> comparison.isInRepository(id, snapshot)));
            tellMissing(lacking);
            deleteSnapshots();
            var freed = copy.delete() ? reclaim(comparison) : new CopyRetention.Freed(0, 0);
            made.listed(copy.name());
            var put = objects.put();
            var there = comparison.usageThere().plus(objects.usageOfSmall()).plus(segmentsThere);
            var gone = new Usage(freed.objects(), freed.bytes()).plus(segmentsDeleted);
            return new Usage(
                    Math.toIntExact(Math.max(0, there.objects() + put.objects() - deleted - gone.objects())),
                    Math.max(0, there.bytes() + put.bytes() - gone.bytes()));
        }

        /** What the catalog says that the copy has, and the copy has not: it is copied again, or else nobody shall rely on it. */
        private void forgetLost(UUID databaseId, SideBySide comparison) {
            var there = comparison.snapshotsThere(databaseId);
            var lost = known.present(copy.name(), databaseId).stream()
                    .filter(id -> !there.contains(id) && isMissing(copy.storage(), databaseId, id))
                    .toList();
            known.deleted(copy.name(), databaseId, lost);
            lost.stream()
                    .filter(id -> isMissing(repository.vault().storage(), databaseId, id))
                    .forEach(id -> left.add(new Copied.Left(
                            ObjectKeys.manifest(databaseId, id),
                            "the copy has lost it, and the repository has it no more")));
        }

        /** Of processes that died. A place from which nothing may be deleted may refuse that. */
        private void removeLeftovers() {
            try {
                copy.storage().removeLeftovers();
            } catch (StorageException.Unreachable e) {
                copy.storage().requirePresence();
                if (copy.delete()) {
                    throw e;
                }
            }
        }

        private void deleteSnapshots() {
            if (copy.delete()) {
                progress.phase("DELETING", 0).pages(0, 1);
                deleted = retention.deleteSnapshots(copy);
            }
        }

        private CopyRetention.Freed reclaim(SideBySide comparison) {
            var there = new HashMap<UUID, Map<UUID, Long>>();
            comparison.databasesThere().forEach(id -> there.put(id, comparison.layersThere(id)));
            return retention.reclaim(copy, comparison.databasesWithOtherLayers(), there);
        }

        /** The catalog has them, and the repository has not; unless they were deleted meanwhile, also while it is looked for them. */
        private void tellMissing(Map<UUID, Set<UUID>> lacking) {
            var still = known.lackingByDatabase(copy.name());
            lacking.forEach((databaseId, snapshotIds) -> snapshotIds.stream()
                    .filter(still.getOrDefault(databaseId, Set.of())::contains)
                    .filter(id -> left.isEmpty() && isMissing(repository.vault().storage(), databaseId, id))
                    .filter(id -> isLacking(databaseId, id))
                    .forEach(id -> left.add(new Copied.Left(ObjectKeys.manifest(databaseId, id), "it is missing"))));
        }

        private boolean isLacking(UUID databaseId, UUID snapshotId) {
            return known.lackingByDatabase(copy.name())
                    .getOrDefault(databaseId, Set.of())
                    .contains(snapshotId);
        }

        private static boolean isMissing(Storage place, UUID databaseId, UUID snapshotId) {
            try {
                place.size(ObjectKeys.manifest(databaseId, snapshotId));
                return false;
            } catch (StorageException.Missing e) {
                return true;
            }
        }

        private Set<UUID> logs() {
            var databases = new HashSet<>(objects.databasesWithLogs());
            databases.addAll(cuts.databases());
            return databases;
        }

        /** Snapshots first: without one that is older a log is worth nothing. */
        private void copy(List<DatabaseCopy> databases, boolean compareLogs) {
            var copying = progress.phase("COPYING", BYTES);
            try (var threads = Executors.newFixedThreadPool(
                    copy.rate().isLimited() ? THREADS_AT_A_RATE : THREADS,
                    Thread.ofPlatform()
                            .name("copy-" + copy.name() + "-", 0)
                            .daemon()
                            .factory())) {
                for (var database : databases) {
                    copy(database, copying, threads);
                }
                if (compareLogs) {
                    logs().forEach(id -> compareLog(id, copying, threads));
                    waiting.compared(copy.name());
                }
                waiting.databases(copy.name()).forEach(id -> copyWaiting(id, copying, threads));
            }
            tell(objects.copyCatalogs(copy.delete(), () -> copying.pages(bytesDone.get(), bytesTotal)));
        }

        /** One after the other: the list of a log can be long. */
        private void compareLog(UUID databaseId, PageProgress copying, ExecutorService threads) {
            waiting.takeAll(copy.name(), databaseId); // before the lists, which have all of that
            orElseToList(databaseId, () -> {
                var log = objects.logOf(databaseId, cuts.of(databaseId));
                segmentsThere = segmentsThere.plus(log.usageThere());
                copy(log, copying, threads);
                if (copy.delete()) {
                    segmentsDeleted = segmentsDeleted.plus(log.delete());
                }
            });
        }

        /** What could not be put at once. While that is copied the next ones wait, so that the older ones go first; but not for ever. */
        private void copyWaiting(UUID databaseId, PageProgress copying, ExecutorService threads) {
            if (waiting.isToList(copy.name(), databaseId)) {
                compareLog(databaseId, copying, threads);
            }
            orElseToList(databaseId, () -> {
                for (int round = 0; round < ROUNDS; round++) {
                    var lacking = waiting.take(copy.name(), databaseId);
                    if (lacking.isEmpty()) {
                        return;
                    }
                    copy(objects.logOf(databaseId, cuts.of(databaseId), lacking), copying, threads);
                }
            });
        }

        private void orElseToList(UUID databaseId, Runnable work) {
            boolean done = false;
            try {
                work.run();
                done = true;
            } finally {
                if (!done) {
                    waiting.isUnknown(copy.name(), databaseId);
                }
            }
        }

        /** A place that had a copy and has none is away: an unmounted disk, a wrong bucket. */
        private void requireMade(boolean anew) {
            var repositoryId = adoptions.current().orElseThrow();
            var location = copy.location().toString();
            var before = made.find(copy.name())
                    .filter(one -> one.location().equals(location)
                            && one.repositoryId().equals(repositoryId));
            if (objects.isThere()) {
                if (before.isEmpty()) {
                    made.begin(copy.name(), location, repositoryId);
                }
                made.made(copy.name());
                return;
            }
            if (before.isPresent() && before.get().madeAt() != null && !anew) {
                throw new ProblemException(Problem.of(
                        ProblemCode.STORAGE_UNREACHABLE,
                        "Copy %s is not where it was: %s has no repository.json".formatted(copy.name(), location),
                        "Mount its disk, or give it its bucket back. If the place is empty for good, have the copy made anew: POST /api/v1/repository/copies/%s/copy with {\"anew\": true}."
                                .formatted(copy.name())));
            }
            made.begin(copy.name(), location, repositoryId);
            objects.make();
            made.made(copy.name());
        }

        private DatabaseCopy counted(DatabaseCopy database) {
            bytesTotal += database.missing().stream()
                            .flatMap(manifest -> database.lacking(manifest).stream())
                            .distinct()
                            .mapToLong(LayerRef::bytes)
                            .sum()
                    + database.lost().stream().mapToLong(LayerRef::bytes).sum()
                    + database.compactedLacking().stream()
                            .mapToLong(LayerRef::bytes)
                            .sum();
            return database;
        }

        private void copy(DatabaseCopy first, PageProgress copying, ExecutorService threads) {
            var database = first;
            for (int attempt = 1; ; attempt++) {
                try {
                    copyOnce(database, copying, threads);
                    tell(database.damaged());
                    return;
                } catch (StorageException.Missing e) {
                    if (attempt == TRIES) {
                        tell(Map.of(String.valueOf(e.getMessage()), "it is missing"));
                        tell(database.damaged());
                        return;
                    }
                    database = counted(objects.of(database.databaseId(), database.wanted()));
                }
            }
        }

        private void copyOnce(DatabaseCopy database, PageProgress copying, ExecutorService threads) {
            copyLayers(database, database.lost(), copying, threads);
            copyLayers(database, database.compactedLacking(), copying, threads);
            database.copyCompactions();
            for (var manifest : database.missing()) {
                if (known.begin(copy.name(), manifest.databaseId(), manifest.id())) {
                    copyLayers(database, database.lacking(manifest), copying, threads);
                    put(database, manifest);
                }
            }
        }

        private void put(DatabaseCopy database, Manifest manifest) {
            if (database.copy(manifest)) {
                known.copied(copy.name(), manifest.databaseId(), List.of(manifest.id()));
                snapshots++;
            }
        }

        private void copyLayers(
                DatabaseCopy database, List<LayerRef> lacking, PageProgress copying, ExecutorService threads) {
            var running = lacking.stream()
                    .map(layer -> threads.submit(() -> {
                        count(0);
                        if (database.copy(layer, this::count)) {
                            layers.incrementAndGet();
                        }
                    }))
                    .toList();
            awaitAll(running, copying);
        }

        /** By one thread, since the older ones go first. */
        private void copy(LogCopy log, PageProgress copying, ExecutorService threads) {
            bytesTotal += log.bytes();
            awaitAll(List.of(threads.submit(() -> segments.addAndGet(log.copy(this::count)))), copying);
            tell(log.damaged());
        }

        private void awaitAll(List<? extends Future<?>> running, PageProgress copying) {
            try {
                for (var one : running) {
                    await(one, copying);
                }
            } catch (RuntimeException | Error e) {
                stopped = true; // those that run end with their next piece, the others do not begin
                copy.sending().stop(true);
                running.forEach(Run::awaitEnd); // who is cancelled instead runs on, and nobody waits for him
                copy.sending().stop(false);
                stopped = false;
                throw e;
            }
        }

        private void count(long bytes) {
            bytesDone.addAndGet(bytes);
            if (stopped) {
                throw new CancellationException("another one failed, or the job is to stop");
            }
        }

        private void await(Future<?> one, PageProgress copying) {
            try {
                while (one.state() == Future.State.RUNNING) {
                    tellProgress(copying);
                    waitAWhile(one);
                }
                tellProgress(copying); // also of layers that are copied faster than anybody looks
                one.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }

        private void tellProgress(PageProgress copying) {
            copying.pages(Math.min(bytesDone.get(), bytesTotal), bytesTotal);
        }

        /** No longer than somebody who cancels the job would. */
        private static void waitAWhile(Future<?> one) throws InterruptedException, ExecutionException {
            try {
                one.get(200, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                return; // it goes on
            }
        }

        private static void awaitEnd(Future<?> one) {
            try {
                one.get();
            } catch (ExecutionException | CancellationException e) {
                return; // what failed first is told
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void tell(Map<String, String> damaged) {
            damaged.forEach((object, found) -> left.add(new Copied.Left(object, found)));
        }
    }
}
