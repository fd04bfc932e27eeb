package dev.afterimage.copies;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.copies.DatabaseCopy;
import dev.afterimage.repository.copies.RepositoryCopy;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/** Gives a copy what the repository has. The catalog knows before, what is about to be there. */
@Component
public class Copying {

    private static final int THREADS = 3;

    /** A layer that a prune or a compaction took away since the lists were read has a successor in the next ones. */
    private static final int TRIES = 3;

    private static final int BYTES = 1;

    private final Copies copies;
    private final RepositoryCopies made;
    private final CopiedSnapshots known;
    private final Repository repository;
    private final Adoptions adoptions;
    private final CopyRetention retention;
    private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();

    public Copying(
            Copies copies,
            RepositoryCopies made,
            CopiedSnapshots known,
            Repository repository,
            Adoptions adoptions,
            CopyRetention retention) {
        this.copies = copies;
        this.made = made;
        this.known = known;
        this.repository = repository;
        this.adoptions = adoptions;
        this.retention = retention;
    }

    /**
     * Copies all that the copy lacks, and deletes there what was deleted from the repository, if the settings say so. It can be stopped and run
     * again at any time.
     *
     * @param anew whether a place that had the copy, and is empty now, is to get it again
     * @param progress told of bytes; may throw to stop
     * @throws ProblemException STORAGE_UNREACHABLE when either place is away, or the copy's has something else
     * @throws ProblemException STORAGE_FULL when the copy's is full
     * @throws ProblemException REPOSITORY_DAMAGED when something of the repository is damaged; all else is copied then
     * @throws ProblemException COPY_NOT_FOUND when the copy is not configured
     */
    public Copied run(String name, boolean anew, PageProgress progress) {
        repository.requirePresence();
        var copy = copies.get(name);
        var turn = turns.computeIfAbsent(name, _ -> new ReentrantLock());
        turn.lock(); // two runs would each take what the other has just put for left over
        try {
            return new Run(copy, progress).all(anew);
        } catch (ProblemException e) {
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

        private final Copies.Copy copy;
        private final PageProgress progress;
        private final RepositoryCopy objects;
        private final List<Copied.Left> left = new ArrayList<>();
        private final AtomicLong bytesDone = new AtomicLong();
        private final AtomicLong layers = new AtomicLong();
        private volatile boolean stopped;
        private long bytesTotal;
        private long snapshots;

        Run(Copies.Copy copy, PageProgress progress) {
            this.copy = copy;
            this.progress = progress;
            this.objects = new RepositoryCopy(repository.vault(), copy.storage());
        }

        Copied all(boolean anew) {
            requireMade(anew);
            objects.copyKeys();
            var databases = lists();
            var copying = progress.phase("COPYING", BYTES);
            try (var threads = Executors.newFixedThreadPool(
                    THREADS,
                    Thread.ofPlatform()
                            .name("copy-" + copy.name() + "-", 0)
                            .daemon()
                            .factory())) {
                for (var database : databases) {
                    copy(database, copying, threads);
                }
            }
            tell(objects.copyCatalogs(() -> copying.pages(bytesDone.get(), bytesTotal)));
            long deleted = copy.delete() ? retention.run(copy, progress) : 0;
            var usage = objects.usage();
            if (!left.isEmpty()) {
                throw new ProblemException(
                        Problem.of(ProblemCode.REPOSITORY_DAMAGED, Copied.told(left), Map.of("damaged", left)));
            }
            made.succeeded(copy.name(), usage.objects(), usage.bytes());
            return new Copied(
                    copy.name(), snapshots, layers.get(), bytesDone.get(), deleted, known.beyond(copy.name()));
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

        private List<DatabaseCopy> lists() {
            var listing = progress.phase("LISTING", 0);
            var databases = new ArrayList<DatabaseCopy>();
            var ids = objects.databases();
            for (var id : ids) {
                listing.pages(databases.size(), ids.size());
                databases.add(listed(id));
            }
            return databases;
        }

        private DatabaseCopy listed(UUID databaseId) {
            var database = objects.of(databaseId);
            known.copied(copy.name(), databaseId, database.there());
            bytesTotal += database.missing().stream()
                            .flatMap(manifest -> database.lacking(manifest).stream())
                            .distinct()
                            .mapToLong(LayerRef::bytes)
                            .sum()
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
                    database = listed(database.databaseId());
                }
            }
        }

        private void copyOnce(DatabaseCopy database, PageProgress copying, ExecutorService threads) {
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
                    .map(layer -> threads.submit(() -> database.copy(layer, this::count)))
                    .toList();
            try {
                for (var one : running) {
                    if (await(one, copying)) {
                        layers.incrementAndGet();
                    }
                }
            } catch (RuntimeException | Error e) {
                stopped = true; // those that run end with their next piece, the others do not begin
                running.forEach(one -> one.cancel(false));
                running.forEach(Run::awaitEnd);
                stopped = false;
                throw e;
            }
        }

        private void count(long bytes) {
            bytesDone.addAndGet(bytes);
            if (stopped) {
                throw new CancellationException("another layer failed, or the job is to stop");
            }
        }

        private boolean await(Future<Boolean> one, PageProgress copying) {
            try {
                while (one.state() == Future.State.RUNNING) {
                    tellProgress(copying);
                    waitAWhile(one);
                }
                tellProgress(copying); // also of layers that are copied faster than anybody looks
                return one.get();
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
        private static void waitAWhile(Future<Boolean> one) throws InterruptedException, ExecutionException {
            try {
                one.get(200, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                return; // it goes on
            }
        }

        private static void awaitEnd(Future<Boolean> one) {
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
