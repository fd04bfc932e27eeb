package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.catalog.Age;
import dev.afterimage.catalog.RetentionPolicy;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshot.State;
import dev.afterimage.catalog.Snapshot.Verification;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** What holds whatever the policy and the snapshots are. */
class RetentionInvariantTests {

    private static final Instant NOW = Instant.parse("2026-03-30T12:00:00Z");

    @Property(tries = 100, seed = "1")
    void planSpeaksOfEachSnapshotOnce(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        assertThat(plan(policy, snapshots).snapshots().stream().map(RetentionPlan.Planned::snapshot))
                .containsExactlyInAnyOrderElementsOf(snapshots)
                .isSortedAccordingTo(Comparator.comparing(Snapshot::createdAt).reversed());
    }

    @Property(tries = 100, seed = "1")
    void pinnedOnesAndTheLastThatPassedStay(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        var kept = kept(policy, snapshots);
        assertThat(kept).containsAll(snapshots.stream().filter(Snapshot::pinned).toList());
        var passed = snapshots.stream()
                .filter(one -> one.verification() == Verification.PASSED
                        && !one.createdAt().isAfter(NOW));
        passed.max(Comparator.comparing(Snapshot::createdAt))
                .ifPresent(last -> assertThat(kept).contains(last));
    }

    @Property(tries = 100, seed = "1")
    void oneThatCanBeRestoredStaysWhereThereWasOne(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        assertThat(kept(policy, snapshots).stream().anyMatch(one -> one.state() == State.AVAILABLE))
                .isEqualTo(snapshots.stream().anyMatch(one -> one.state() == State.AVAILABLE));
    }

    @Property(tries = 100, seed = "1")
    void allStayWhereNonePassedAndTheyAreQuarantined(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        var none = snapshots.stream()
                .filter(one -> one.verification() != Verification.PASSED)
                .toList();
        assertThat(kept(policy, none))
                .containsAll(none.stream()
                        .filter(one -> one.state() == State.QUARANTINED)
                        .toList());
    }

    @Property(tries = 100, seed = "1")
    void planningAgainAfterwardsDeletesNothingMore(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        var kept = kept(policy, snapshots);
        assertThat(kept(policy, kept)).isEqualTo(kept);
    }

    @Property(tries = 100, seed = "1")
    void anotherRuleDeletesNothingMore(
            @ForAll("policies") RetentionPolicy policy,
            @ForAll("policies") RetentionPolicy more,
            @ForAll("snapshots") List<Snapshot> snapshots) {
        var rule = last(policy, 1);
        assertThat(kept(with(rule, more), snapshots)).containsAll(kept(rule, snapshots));
    }

    @Property(tries = 100, seed = "1")
    void limitsKeepNothingMore(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        var unlimited = limits(policy, null, null);
        assertThat(kept(unlimited, snapshots)).containsAll(kept(policy, snapshots));
        assertThat(kept(limits(policy, policy.maxAge(), null), snapshots)).containsAll(kept(policy, snapshots));
    }

    @Property(tries = 100, seed = "1")
    void bytesFreedAreThoseThatOnlyTheDeletedNeeded(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        var plan = plan(policy, snapshots);
        assertThat(plan.bytesFreed()).isEqualTo(bytes(snapshots) - bytes(kept(policy, snapshots)));
    }

    @Property(tries = 100, seed = "1")
    void orderOfTheSnapshotsDoesNotMatter(
            @ForAll("policies") RetentionPolicy policy, @ForAll("snapshots") List<Snapshot> snapshots) {
        assertThat(plan(policy, snapshots.reversed())).isEqualTo(plan(policy, snapshots));
    }

    private static RetentionPlan plan(RetentionPolicy policy, List<Snapshot> snapshots) {
        return Written.plan(policy, snapshots, stored(snapshots), NOW);
    }

    private static List<Snapshot> kept(RetentionPolicy policy, List<Snapshot> snapshots) {
        return plan(policy, snapshots).snapshots().stream()
                .filter(planned -> !planned.goes())
                .map(RetentionPlan.Planned::snapshot)
                .toList();
    }

    /** Each has a layer of its own, and shares one with those of some hours around it. */
    private static StoredObjects stored(List<Snapshot> snapshots) {
        return new StoredObjects(
                snapshots.stream().collect(Collectors.toMap(Snapshot::id, RetentionInvariantTests::objects)));
    }

    private static Map<String, Long> objects(Snapshot snapshot) {
        return Map.of(
                snapshot.id().toString(), 10L, "shared " + snapshot.createdAt().getEpochSecond() / 40_000, 50L);
    }

    private static long bytes(List<Snapshot> snapshots) {
        var seen = new HashSet<String>();
        return snapshots.stream()
                .flatMap(one -> objects(one).entrySet().stream())
                .filter(object -> seen.add(object.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private static RetentionPolicy last(RetentionPolicy policy, int count) {
        return new RetentionPolicy(
                count,
                policy.hourly(),
                policy.daily(),
                policy.weekly(),
                policy.monthly(),
                policy.yearly(),
                policy.within(),
                policy.maxAge(),
                null,
                policy.zone());
    }

    /** The first policy, and those rules of the second that the first has not. */
    private static RetentionPolicy with(RetentionPolicy policy, RetentionPolicy more) {
        return new RetentionPolicy(
                policy.last(),
                policy.hourly() == null ? more.hourly() : policy.hourly(),
                policy.daily() == null ? more.daily() : policy.daily(),
                policy.weekly() == null ? more.weekly() : policy.weekly(),
                policy.monthly() == null ? more.monthly() : policy.monthly(),
                policy.yearly() == null ? more.yearly() : policy.yearly(),
                policy.within() == null ? more.within() : policy.within(),
                policy.maxAge(),
                null,
                policy.zone());
    }

    private static RetentionPolicy limits(RetentionPolicy policy, @Nullable Age maxAge, @Nullable Long maxBytes) {
        return new RetentionPolicy(
                policy.last(),
                policy.hourly(),
                policy.daily(),
                policy.weekly(),
                policy.monthly(),
                policy.yearly(),
                policy.within(),
                maxAge,
                maxBytes,
                policy.zone());
    }

    @Provide
    Arbitrary<RetentionPolicy> policies() {
        var count = Arbitraries.integers().between(1, 5).injectNull(0.6);
        var age = Arbitraries.of("6h", "2d", "P1M", "1y").map(Age::parse).injectNull(0.7);
        var counts = count.list().ofSize(6);
        var maxBytes = Arbitraries.longs().between(1, 1500).injectNull(0.6);
        var zone = Arbitraries.of("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")
                .map(ZoneId::of);
        return Combinators.combine(counts, age, age, maxBytes, zone)
                .as((n, within, maxAge, bytes, in) -> new RetentionPolicy(
                        n.get(0), n.get(1), n.get(2), n.get(3), n.get(4), n.get(5), within, maxAge, bytes, in));
    }

    /** Of different moments of up to two years, many of them close together. */
    @Provide
    Arbitrary<List<Snapshot>> snapshots() {
        var minutes = Arbitraries.oneOf(
                Arbitraries.integers().between(-60, 3_000),
                Arbitraries.integers().between(0, 100_000),
                Arbitraries.integers().between(0, 1_000_000));
        var flags = Arbitraries.of("", "", "", "+", "+", "!", "^", "x", "x+", "^!");
        var snapshot = Combinators.combine(minutes, flags).as(RetentionInvariantTests::snapshot);
        return snapshot.list().ofMaxSize(40).uniqueElements(Snapshot::createdAt);
    }

    private static Snapshot snapshot(int minutesAgo, String flags) {
        return Written.snapshot(NOW.minus(Duration.ofMinutes(minutesAgo)) + flags);
    }
}
