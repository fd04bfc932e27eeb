package dev.afterimage.check;

import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.sqlite.PageProgress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads the logs of followed databases from their first byte to their last. */
@Component
class LogCheck {

    /** In which progress is counted, in bytes. */
    private static final int UNIT = 4096;

    /** So many segments may be read once more by the check after one that was stopped. */
    private static final int NOTED_EVERY = 1000;

    /** With many damaged ones a list for each would be many requests to a bucket. */
    private static final long LIST_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Repository repository;
    private final LogCuts cuts;
    private final LogChecks checks;
    private final LogSegments rows;

    LogCheck(Repository repository, LogCuts cuts, LogChecks checks, LogSegments rows) {
        this.rows = rows;
        this.repository = repository;
        this.cuts = cuts;
        this.checks = checks;
    }

    /**
     * What was looked at, and found.
     *
     * @param segments that were read
     * @param bytes of these
     * @param archived what has to be restored from an archive before it can be read
     */
    record Checked(
            int segments,
            long bytes,
            List<LogDamage> damaged,
            List<LogDamage> unreadable,
            List<ArchivedObject> archived) {}

    /**
     * Reads so much of each log, behind what was read last, and again what something was found in.
     *
     * @param names of databases by their ids
     * @param share of the bytes of each log, above 0 and at most 1; at least one segment
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when the storage is not there, or no longer
     */
    Checked run(Map<UUID, String> names, double share, PageProgress progress) {
        var run = new Run();
        var databases = new TreeSet<>(rows.databases()); // before the list: of a lost log there is no folder
        databases.addAll(new Segments(repository.vault()).databases());
        for (var databaseId : databases) {
            run.lookAt(databaseId, names.getOrDefault(databaseId, databaseId.toString()), share, progress);
        }
        return new Checked(run.read, run.bytes, run.damaged, run.unreadable, run.archived);
    }

    private static SegmentName name(LogChecks.Place place) {
        return new SegmentName(place.chain(), place.firstCommit(), place.lastCommit());
    }

    private static LogChecks.Place place(SegmentName name) {
        return new LogChecks.Place(name.chain(), name.firstCommit(), name.lastCommit());
    }

    private final class Run {

        private final Segments segments = new Segments(repository.vault());
        private final List<LogDamage> damaged = new ArrayList<>();
        private final List<LogDamage> unreadable = new ArrayList<>();
        private final List<ArchivedObject> archived = new ArrayList<>();
        private int read;
        private long bytes;

        void lookAt(UUID databaseId, String database, double share, PageProgress progress) {
            var known = named(databaseId); // before the list: what is stored meanwhile is in that
            var stored = current(databaseId);
            var suspects =
                    checks.withFindings(databaseId).stream().map(LogCheck::name).collect(Collectors.toSet());
            var log = new OfDatabase(databaseId, database, stored, suspects);
            var due = due(databaseId, stored, share);
            var again = new TreeSet<>(suspects);
            due.forEach(one -> again.remove(one.name()));
            long total = due.stream().mapToLong(Segments.Stored::bytes).sum() / UNIT;
            long done = 0;
            for (int i = 0; i < due.size(); i++) {
                var one = due.get(i);
                progress.pages(done / UNIT, total);
                log.lookAt(one.name());
                if (i % NOTED_EVERY == NOTED_EVERY - 1 || i == due.size() - 1) {
                    checks.cameTo(databaseId, place(one.name()));
                }
                read++;
                bytes += one.bytes();
                done += one.bytes();
            }
            again.forEach(log::lookAt);
            known.forEach(log::lookForEnds);
            progress.pages(total, total);
        }

        private List<SegmentName> named(UUID databaseId) {
            return rows.all(databaseId).stream()
                    .map(row -> new SegmentName(row.chain(), row.firstCommit(), row.lastCommit()))
                    .toList();
        }

        /** What was let go may be in the way of nothing that is needed. */
        private List<Segments.Stored> current(UUID databaseId) {
            var cut = cuts.of(databaseId);
            var all = new TreeMap<SegmentName, Segments.Stored>();
            segments.all(databaseId).stream()
                    .filter(one -> one.name().firstCommit()
                            >= cut.getOrDefault(one.name().chain(), 0L))
                    .forEach(one -> all.put(one.name(), one));
            return SegmentName.current(all.keySet()).stream().map(all::get).toList();
        }

        /** In a circle: what was read last comes last. */
        private List<Segments.Stored> due(UUID databaseId, List<Segments.Stored> stored, double share) {
            var last = checks.last(databaseId).map(LogCheck::name);
            int from = 0;
            while (last.isPresent()
                    && from < stored.size()
                    && stored.get(from).name().compareTo(last.get()) <= 0) {
                from++;
            }
            double wanted =
                    share * stored.stream().mapToLong(Segments.Stored::bytes).sum();
            var due = new ArrayList<Segments.Stored>();
            long chosen = 0;
            for (int i = 0; i < stored.size() && chosen < wanted; i++) {
                var one = stored.get((from + i) % stored.size());
                due.add(one);
                chosen += one.bytes();
            }
            return due;
        }

        private final class OfDatabase {

            private final UUID databaseId;
            private final String database;
            private final Map<UUID, TreeSet<SegmentName>> chains;
            private final Set<SegmentName> suspects;
            private final Set<SegmentName> told = new HashSet<>();
            private Set<SegmentName> there = Set.of();
            private long listedAt = System.nanoTime() - LIST_AGAIN_NANOS - 1;

            OfDatabase(UUID databaseId, String database, List<Segments.Stored> stored, Set<SegmentName> suspects) {
                this.databaseId = databaseId;
                this.database = database;
                this.chains = stored.stream()
                        .map(Segments.Stored::name)
                        .collect(Collectors.groupingBy(SegmentName::chain, Collectors.toCollection(TreeSet::new)));
                this.suspects = suspects;
            }

            void lookAt(SegmentName name) {
                var chain = chains.get(name.chain());
                var following = chain == null ? null : chain.higher(name);
                switch (segments.condition(databaseId, name, segment -> isWhole(name, segment, following))) {
                    case ObjectCondition.Whole _ -> {}
                    case ObjectCondition.Damaged lost -> isDamaged(name, following, lost.found());
                    case ObjectCondition.Unreadable kept -> {
                        repository
                                .requirePresence(); // a bad sector may be passed over, a storage that has gone may not
                        checks.found(databaseId, place(name), kept.reason());
                        unreadable.add(damage(name, following, kept.reason()));
                        archived.addAll(kept.archived());
                    }
                }
            }

            /** Of what is missing before the first one of a chain and behind its last only the catalog knows. */
            void lookForEnds(SegmentName name) {
                var chain = chains.get(name.chain());
                if (chain == null
                        || name.firstCommit() < chain.first().firstCommit()
                        || name.lastCommit() > chain.last().lastCommit()) {
                    isDamaged(name, null, "it is missing");
                }
            }

            private void isWhole(SegmentName name, Segment segment, @Nullable SegmentName following) {
                isMended(name);
                if (following != null && following.firstCommit() > segment.lastCommit() + 1) {
                    var missing = new SegmentName(name.chain(), segment.lastCommit() + 1, following.firstCommit() - 1);
                    isDamaged(missing, following, "it is missing");
                }
            }

            /** Most never had anything. */
            private void isMended(SegmentName name) {
                if (suspects.contains(name)) {
                    checks.found(databaseId, place(name), null);
                }
            }

            /** Asked behind the look: a cut is noted before anything is deleted, and what takes the place of others is there before. */
            private void isDamaged(SegmentName name, @Nullable SegmentName following, String found) {
                var before = cuts.of(databaseId).get(name.chain());
                if ((before != null && name.firstCommit() < before) || isReplaced(name)) {
                    isMended(name);
                } else if (told.add(name)) {
                    checks.found(databaseId, place(name), found);
                    damaged.add(damage(name, following, found));
                }
            }

            /** By one list for all that one check finds within a while, made anew before anything is told by an old one. */
            private boolean isReplaced(SegmentName name) {
                return isReplacedIn(there, name) || (isOld() && isReplacedIn(listed(), name));
            }

            private boolean isOld() {
                return System.nanoTime() - listedAt > LIST_AGAIN_NANOS;
            }

            private Set<SegmentName> listed() {
                there = segments.all(databaseId).stream()
                        .map(Segments.Stored::name)
                        .collect(Collectors.toSet());
                listedAt = System.nanoTime();
                return there;
            }

            private static boolean isReplacedIn(Set<SegmentName> there, SegmentName name) {
                return there.contains(name)
                        ? there.stream().anyMatch(other -> other.replaces(name))
                        : SegmentName.cover(there, name);
            }

            private LogDamage damage(SegmentName name, @Nullable SegmentName following, String found) {
                return new LogDamage(
                        database, name, following == null ? name.lastCommit() : following.firstCommit() - 1, found);
            }
        }
    }
}
