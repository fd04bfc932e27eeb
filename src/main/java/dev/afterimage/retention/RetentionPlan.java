package dev.afterimage.retention;

import static java.util.Comparator.comparing;

import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshot.Level;
import dev.afterimage.catalog.snapshots.Snapshot.State;
import dev.afterimage.catalog.snapshots.Snapshot.Verification;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a policy makes of the snapshots of a database. It depends on nothing but what it is made of, and once it is carried
 * out, the same policy at the same time deletes nothing more.
 *
 * @param snapshots newest first
 * @param bytesFreed what the repository would need less without those that go
 */
public record RetentionPlan(List<Planned> snapshots, long bytesFreed) {

    /** How long a quarantined snapshot stays after its damage was found: time to look into it, to mend it, or to salvage from it. */
    static final Duration QUARANTINE = Duration.ofDays(14);

    /** A snapshot, and what becomes of it. */
    public record Planned(Snapshot snapshot, Verdict verdict) {

        boolean goes() {
            return verdict instanceof Verdict.Delete;
        }

        private boolean isKeptByPolicyAlone() {
            return verdict instanceof Verdict.Keep(var rules)
                    && Collections.disjoint(rules, KeepRule.WHATEVER_THE_POLICY);
        }
    }

    /**
     * Plans for all snapshots of one database.
     *
     * @param all newest first, as the catalog has them: the time of their creation is not enough to tell, since clocks go back
     * @param damageFoundAt when those that are quarantined were found damaged; one that is missing here counts as found now
     * @param beforeCollapse those that are all that is left of what was there before a collapse
     * @param neededByLog from which the log is replayed
     * @param keptGroups groups of which other databases keep their parts
     * @param stored what they need in the repository; of one that is not known, nothing
     */
    static RetentionPlan of(
            RetentionPolicy policy,
            List<Snapshot> all,
            Map<UUID, Instant> damageFoundAt,
            Set<UUID> beforeCollapse,
            Set<UUID> neededByLog,
            Set<UUID> keptGroups,
            StoredObjects stored,
            Instant now) {
        var always = always(all, beforeCollapse, neededByLog, now);
        var beyond = beyondLimits(policy, all, now);
        var rest = all.stream().filter(one -> !beyond.containsKey(one.id())).toList();
        var byPolicy = byPolicy(policy, rest, damageFoundAt, now);
        byPolicy.put(KeepRule.GROUP, ids(rest.stream().filter(one -> isOfAny(keptGroups, one))));
        var planned = all.stream()
                .map(one -> {
                    var rules = rules(one, always, byPolicy);
                    var reason = beyond.getOrDefault(one.id(), DeleteReason.NO_RULE);
                    return new Planned(one, rules.isEmpty() ? new Verdict.Delete(reason) : new Verdict.Keep(rules));
                })
                .toList();
        return withRoom(policy, planned, stored, now);
    }

    /** What neither policy nor expiry can touch. */
    private static Map<KeepRule, Set<UUID>> always(
            List<Snapshot> newestFirst, Set<UUID> beforeCollapse, Set<UUID> neededByLog, Instant now) {
        var pinned = ids(newestFirst.stream().filter(Snapshot::pinned));
        boolean anyPassed = newestFirst.stream().anyMatch(RetentionPlan::passed);
        var perhapsNeeded = newestFirst.stream().filter(snapshot -> !anyPassed && !good(snapshot));
        return Map.of(
                KeepRule.PINNED,
                pinned,
                KeepRule.LAST_GOOD,
                ids(lastGood(newestFirst, now).stream()),
                KeepRule.LAST_FULL,
                ids(lastFull(newestFirst, now).stream()),
                KeepRule.NONE_PASSED,
                ids(perhapsNeeded),
                KeepRule.BEFORE_COLLAPSE,
                beforeCollapse,
                KeepRule.LOG,
                neededByLog);
    }

    /** One that says it is from the future may be older than all others, so it is the last good one only where it is alone. */
    private static Optional<Snapshot> lastGood(List<Snapshot> newestFirst, Instant now) {
        var good = newestFirst.stream().filter(RetentionPlan::good).toList();
        var past = good.stream().filter(snapshot -> !isFuture(snapshot, now)).toList();
        return newestProven(past).or(() -> newestProven(good));
    }

    private static Optional<Snapshot> newestProven(List<Snapshot> good) {
        return good.stream()
                .filter(RetentionPlan::passed)
                .findFirst()
                .or(() -> good.stream().findFirst());
    }

    /** The newest of which SQLite has looked at every page, by the same rule. */
    private static Optional<Snapshot> lastFull(List<Snapshot> newestFirst, Instant now) {
        var full = newestFirst.stream()
                .filter(snapshot -> passed(snapshot) && snapshot.proof().reaches(Level.FULL))
                .toList();
        return full.stream()
                .filter(snapshot -> !isFuture(snapshot, now))
                .findFirst()
                .or(() -> full.stream().findFirst());
    }

    private static boolean passed(Snapshot snapshot) {
        return snapshot.state() == State.AVAILABLE && snapshot.verification() == Verification.PASSED;
    }

    private static boolean good(Snapshot snapshot) {
        return snapshot.state() == State.AVAILABLE && snapshot.verification() != Verification.FAILED;
    }

    private static boolean isFuture(Snapshot snapshot, Instant now) {
        return snapshot.createdAt().isAfter(now);
    }

    /** Those that are too old, whatever rule would keep them. They count in no bucket either. */
    private static Map<UUID, DeleteReason> beyondLimits(RetentionPolicy policy, List<Snapshot> all, Instant now) {
        var beyond = new HashMap<UUID, DeleteReason>();
        var maxAge = policy.maxAge();
        for (var snapshot : all) {
            var expiresAt = snapshot.expiresAt();
            if (expiresAt != null && !expiresAt.isAfter(now)) {
                beyond.put(snapshot.id(), DeleteReason.EXPIRED);
            } else if (maxAge != null && snapshot.createdAt().isBefore(maxAge.before(now, policy.zone()))) {
                beyond.put(snapshot.id(), DeleteReason.MAX_AGE);
            }
        }
        return beyond;
    }

    /**
     * A quarantined snapshot cannot stand for its hour or day: the good one beside it does. Nor can one from the future, or the
     * clock that was wrong when it was made would cost those their places that were made since.
     */
    private static Map<KeepRule, Set<UUID>> byPolicy(
            RetentionPolicy policy, List<Snapshot> newestFirst, Map<UUID, Instant> damageFoundAt, Instant now) {
        var kept = new EnumMap<KeepRule, Set<UUID>>(KeepRule.class);
        var counting = newestFirst.stream()
                .filter(snapshot -> good(snapshot) && !isFuture(snapshot, now))
                .toList();
        for (var bucket : Bucket.values()) {
            kept.put(bucket.rule(), bucket.kept(policy, counting));
        }
        var within = policy.within();
        if (within != null) {
            kept.put(KeepRule.WITHIN, since(within.before(now, policy.zone()), newestFirst.stream()));
        }
        var foundSince = now.minus(QUARANTINE);
        kept.put(
                KeepRule.QUARANTINE,
                ids(newestFirst.stream()
                        .filter(snapshot -> !good(snapshot)
                                && !damageFoundAt
                                        .getOrDefault(snapshot.id(), now)
                                        .isBefore(foundSince))));
        kept.put(KeepRule.LABEL, ids(counting.stream().filter(snapshot -> policy.keeps(snapshot.labels()))));
        kept.put(KeepRule.FUTURE, ids(newestFirst.stream().filter(snapshot -> isFuture(snapshot, now))));
        boolean hasRule = within != null
                || !policy.labels().isEmpty()
                || Stream.of(Bucket.values()).anyMatch(bucket -> bucket.count(policy) != null);
        kept.put(KeepRule.ALL, hasRule ? Set.of() : ids(newestFirst.stream()));
        return kept;
    }

    private static Set<UUID> since(Instant oldest, Stream<Snapshot> snapshots) {
        return ids(snapshots.filter(snapshot -> !snapshot.createdAt().isBefore(oldest)));
    }

    private static Set<UUID> ids(Stream<Snapshot> snapshots) {
        return snapshots.map(Snapshot::id).collect(Collectors.toSet());
    }

    private static boolean isOfAny(Set<UUID> groups, Snapshot snapshot) {
        var group = snapshot.groupId();
        return group != null && groups.contains(group);
    }

    private static List<KeepRule> rules(
            Snapshot snapshot, Map<KeepRule, Set<UUID>> always, Map<KeepRule, Set<UUID>> byPolicy) {
        return Stream.of(always, byPolicy)
                .flatMap(rules -> rules.entrySet().stream())
                .filter(rule -> rule.getValue().contains(snapshot.id()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static RetentionPlan withRoom(
            RetentionPolicy policy, List<Planned> newestFirst, StoredObjects stored, Instant now) {
        var need = stored.need(ids(newestFirst.stream().map(Planned::snapshot)));
        long before = need.bytes();
        newestFirst.stream()
                .filter(Planned::goes)
                .forEach(planned -> need.remove(planned.snapshot().id()));
        var dropped = dropped(policy, newestFirst, need, now);
        var planned = newestFirst.stream()
                .map(one -> dropped.contains(one.snapshot().id())
                        ? new Planned(one.snapshot(), new Verdict.Delete(DeleteReason.MAX_BYTES))
                        : one)
                .toList();
        return new RetentionPlan(planned, before - need.bytes());
    }

    /** First those that cannot be restored, then the oldest; the newest good one never, or backups would be made for nothing. */
    private static Set<UUID> dropped(
            RetentionPolicy policy, List<Planned> newestFirst, StoredObjects.Need need, Instant now) {
        var maxBytes = policy.maxBytes();
        var dropped = new HashSet<UUID>();
        if (maxBytes == null) {
            return dropped;
        }
        var newestGood = newestFirst.stream()
                .filter(planned -> !planned.goes() && good(planned.snapshot()) && !isFuture(planned.snapshot(), now))
                .findFirst();
        var candidates = newestFirst.reversed().stream()
                .filter(Planned::isKeptByPolicyAlone)
                .filter(planned -> newestGood.filter(planned::equals).isEmpty())
                .sorted(comparing(planned -> good(planned.snapshot())))
                .toList();
        for (var candidate : candidates) {
            if (need.bytes() <= maxBytes) {
                break;
            }
            need.remove(candidate.snapshot().id());
            dropped.add(candidate.snapshot().id());
        }
        return dropped;
    }

    /** Groups of which a rule of this database's own, or a pin, keeps its part. */
    Set<UUID> keptGroups() {
        return snapshots.stream()
                .filter(planned -> planned.verdict() instanceof Verdict.Keep(var rules)
                        && !Collections.disjoint(rules, KeepRule.KEEPING_GROUPS))
                .map(planned -> planned.snapshot().groupId())
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** Groups of which a part goes. */
    boolean partsGroups() {
        return snapshots.stream()
                .anyMatch(planned -> planned.goes() && planned.snapshot().groupId() != null);
    }

    /** Those that go, oldest first. */
    List<Snapshot> deletions() {
        return snapshots.reversed().stream()
                .filter(Planned::goes)
                .map(Planned::snapshot)
                .toList();
    }
}
