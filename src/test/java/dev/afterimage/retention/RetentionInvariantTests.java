package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.catalog.snapshots.Age;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshot.State;
import dev.afterimage.catalog.snapshots.Snapshot.Verification;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds whatever the policy and the snapshots are. */
class RetentionInvariantTests {

    private static final Instant NOW = Instant.parse("2026-03-30T12:00:00Z");

    @Test
    void planSpeaksOfEachSnapshotOnce() {
        forAny((policy, snapshots) -> {
            assertThat(plan(policy, snapshots).snapshots().stream().map(RetentionPlan.Planned::snapshot))
                    .containsExactlyInAnyOrderElementsOf(snapshots)
                    .isSortedAccordingTo(
                            Comparator.comparing(Snapshot::createdAt).reversed());
        });
    }

    @Test
    void pinnedOnesAndTheLastThatPassedStay() {
        forAny((policy, snapshots) -> {
            var kept = kept(policy, snapshots);
            assertThat(kept)
                    .containsAll(snapshots.stream().filter(Snapshot::pinned).toList());
            var passed = snapshots.stream()
                    .filter(one -> one.verification() == Verification.PASSED
                            && !one.createdAt().isAfter(NOW));
            passed.max(Comparator.comparing(Snapshot::createdAt))
                    .ifPresent(last -> assertThat(kept).contains(last));
        });
    }

    @Test
    void oneThatCanBeRestoredStaysWhereThereWasOne() {
        forAny((policy, snapshots) -> {
            assertThat(kept(policy, snapshots).stream().anyMatch(one -> one.state() == State.AVAILABLE))
                    .isEqualTo(snapshots.stream().anyMatch(one -> one.state() == State.AVAILABLE));
        });
    }

    @Test
    void allStayWhereNonePassedAndTheyAreQuarantined() {
        forAny((policy, snapshots) -> {
            var none = snapshots.stream()
                    .filter(one -> one.verification() != Verification.PASSED)
                    .toList();
            assertThat(kept(policy, none))
                    .containsAll(none.stream()
                            .filter(one -> one.state() == State.QUARANTINED)
                            .toList());
        });
    }

    @Test
    void planningAgainAfterwardsDeletesNothingMore() {
        forAny((policy, snapshots) -> {
            var kept = kept(policy, snapshots);
            assertThat(kept(policy, kept)).isEqualTo(kept);
        });
    }

    @Test
    void anotherRuleDeletesNothingMore() {
        forAny((policy, snapshots) -> {
            var more = policy(new SplittableRandom(snapshots.size()));
            var rule = last(policy, 1);
            assertThat(kept(with(rule, more), snapshots)).containsAll(kept(rule, snapshots));
        });
    }

    @Test
    void limitsKeepNothingMore() {
        forAny((policy, snapshots) -> {
            var unlimited = limits(policy, null, null);
            assertThat(kept(unlimited, snapshots)).containsAll(kept(policy, snapshots));
            assertThat(kept(limits(policy, policy.maxAge(), null), snapshots)).containsAll(kept(policy, snapshots));
        });
    }

    @Test
    void bytesFreedAreThoseThatOnlyTheDeletedNeeded() {
        forAny((policy, snapshots) -> {
            var plan = plan(policy, snapshots);
            assertThat(plan.bytesFreed()).isEqualTo(bytes(snapshots) - bytes(kept(policy, snapshots)));
        });
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
                policy.labels(),
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
                policy.labels(),
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
                policy.labels(),
                maxAge,
                maxBytes,
                policy.zone());
    }

    /** The same hundred in each run. */
    private static void forAny(BiConsumer<RetentionPolicy, List<Snapshot>> property) {
        for (long seed = 0; seed < 100; seed++) {
            var random = new SplittableRandom(seed);
            var policy = policy(random);
            var snapshots = snapshots(random);
            try {
                property.accept(policy, snapshots);
            } catch (AssertionError e) {
                throw new AssertionError("seed %d: %s of %s".formatted(seed, policy, snapshots), e);
            }
        }
    }

    private static RetentionPolicy policy(SplittableRandom random) {
        return new RetentionPolicy(
                count(random),
                count(random),
                count(random),
                count(random),
                count(random),
                count(random),
                age(random),
                List.of(),
                age(random),
                random.nextInt(10) < 6 ? null : random.nextLong(1, 1501),
                ZoneId.of(oneOf(random, "UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")));
    }

    private static @Nullable Integer count(SplittableRandom random) {
        return random.nextInt(10) < 6 ? null : random.nextInt(1, 6);
    }

    private static @Nullable Age age(SplittableRandom random) {
        return random.nextInt(10) < 7 ? null : Age.parse(oneOf(random, "6h", "2d", "P1M", "1y"));
    }

    /** Newest first, of different moments of up to two years, many of them close together. */
    private static List<Snapshot> snapshots(SplittableRandom random) {
        var minutes = new TreeSet<Integer>();
        for (int i = random.nextInt(41); i > 0; i--) {
            minutes.add(
                    switch (random.nextInt(3)) {
                        case 0 -> random.nextInt(-60, 3_000);
                        case 1 -> random.nextInt(100_000);
                        default -> random.nextInt(1_000_000);
                    });
        }
        return minutes.stream()
                .map(ago -> snapshot(ago, oneOf(random, "", "", "", "+", "+", "*", "!", "^", "x", "x+", "^!")))
                .toList();
    }

    private static String oneOf(SplittableRandom random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static Snapshot snapshot(int minutesAgo, String flags) {
        return Written.snapshot(NOW.minus(Duration.ofMinutes(minutesAgo)) + flags);
    }
}
