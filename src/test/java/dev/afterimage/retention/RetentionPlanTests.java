package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.catalog.snapshots.Snapshot;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stays and what goes. Snapshots are written as {@link Written} reads them, newest first; it is 2026-03-01, noon. */
class RetentionPlanTests {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant IN_APRIL = Instant.parse("2026-04-01T12:00:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # the newest n
            last=2   | 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z | LAST_GOOD,LAST LAST -NO_RULE
            last=9   | 2026-03-01T10:00Z 2026-03-01T09:00Z                   | LAST_GOOD,LAST LAST
            # the newest of each bucket; buckets without a snapshot do not count
            hourly=2 | 2026-03-01T10:59Z 2026-03-01T10:00Z 2026-02-20T09:59Z 2026-02-20T08:59Z | LAST_GOOD,HOURLY -NO_RULE HOURLY -NO_RULE
            daily=2  | 2026-03-01T10:00Z 2026-03-01T00:00Z 2026-02-28T23:59Z 2026-02-28T00:00Z 2026-02-27T23:00Z | LAST_GOOD,DAILY -NO_RULE DAILY -NO_RULE -NO_RULE
            # 2026-02-22 is a Sunday: the last day of its week
            weekly=2 | 2026-03-01T10:00Z 2026-02-23T00:00Z 2026-02-22T23:59Z 2026-02-16T00:00Z | LAST_GOOD,WEEKLY -NO_RULE WEEKLY -NO_RULE
            # 2025-12-29 is in the first week of 2026
            weekly=2 | 2026-01-04T10:00Z 2025-12-29T10:00Z 2025-12-28T10:00Z | LAST_GOOD,WEEKLY -NO_RULE WEEKLY
            monthly=2| 2026-03-01T00:00Z 2026-02-28T23:59Z 2026-02-01T00:00Z 2026-01-31T00:00Z | LAST_GOOD,MONTHLY MONTHLY -NO_RULE -NO_RULE
            monthly=2| 2026-03-01T00:00Z 2025-03-31T00:00Z 2025-03-01T00:00Z | LAST_GOOD,MONTHLY MONTHLY -NO_RULE
            yearly=2 | 2026-03-01T00:00Z 2026-01-01T00:00Z 2024-12-31T23:59Z 2023-01-01T00:00Z | LAST_GOOD,YEARLY -NO_RULE YEARLY -NO_RULE
            # rules do not count what others keep
            last=1 daily=2 | 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-02-28T09:00Z | LAST_GOOD,LAST,DAILY -NO_RULE DAILY
            # by age: what is exactly as old is not older
            within=2d      | 2026-03-01T10:00Z 2026-02-27T12:00:00Z 2026-02-27T11:59:59Z | LAST_GOOD,WITHIN WITHIN -NO_RULE
            within=1h      | 2026-03-01T12:00Z 2026-03-01T11:00Z 2026-03-01T10:00Z | LAST_GOOD,WITHIN WITHIN -NO_RULE
            within=P1M     | 2026-03-01T10:00Z 2026-02-01T12:00Z 2026-02-01T11:00Z | LAST_GOOD,WITHIN WITHIN -NO_RULE
            maxAge=2d      | 2026-03-01T10:00Z 2026-02-27T12:00:00Z 2026-02-27T11:59:59Z | LAST_GOOD,ALL ALL -MAX_AGE
            last=9 maxAge=2d | 2026-03-01T10:00Z 2026-02-20T12:00Z | LAST_GOOD,LAST -MAX_AGE
            # without rules all stay
            ''             | 2026-03-01T10:00Z 2020-01-01T00:00Z | LAST_GOOD,ALL ALL
            ''             | '' | ''
            # what has expired goes, and stands for no day
            ''             | 2026-03-01T10:00Z 2026-02-20T12:00Zx | LAST_GOOD,ALL -EXPIRED
            daily=1        | 2026-03-01T10:00Zx 2026-03-01T09:00Z+ 2026-03-01T08:00Z | -EXPIRED LAST_GOOD,DAILY -NO_RULE
            # pinned ones stay; one that is not expired stands for its day
            last=1 maxAge=1d | 2026-03-01T10:00Z 2026-02-20T12:00Z^ 2026-02-20T11:00Zx^ | LAST_GOOD,LAST PINNED PINNED
            daily=1        | 2026-03-01T10:00Z^ 2026-03-01T09:00Z | PINNED,LAST_GOOD,DAILY -NO_RULE
            # the newest that passed stays whatever comes; where none passed, the newest that did not fail
            last=1         | 2026-03-01T10:00Z 2026-03-01T09:00Z+ 2026-03-01T08:00Z+ | LAST LAST_GOOD -NO_RULE
            maxAge=1d      | 2026-02-20T10:00Z 2026-02-20T09:00Z+ 2026-02-20T08:00Z+ | -MAX_AGE LAST_GOOD -MAX_AGE
            maxAge=1d      | 2026-02-20T10:00Z 2026-02-20T09:00Z | LAST_GOOD -MAX_AGE
            ''             | 2026-02-20T10:00Zx+ 2026-02-20T09:00Zx | LAST_GOOD -EXPIRED
            # the newest that passed a FULL check stays as well, whatever comes
            last=1         | 2026-03-01T10:00Z+ 2026-03-01T09:00Z* 2026-03-01T08:00Z* | LAST_GOOD,LAST LAST_FULL -NO_RULE
            last=1         | 2026-03-01T10:00Z* 2026-03-01T09:00Z+ 2026-03-01T08:00Z* | LAST_GOOD,LAST_FULL,LAST -NO_RULE -NO_RULE
            maxAge=1d      | 2026-03-01T10:00Z+ 2026-02-20T09:00Zx* 2026-02-20T08:00Z* | LAST_GOOD,ALL LAST_FULL -MAX_AGE
            last=1         | 2026-03-01T10:00Z+ 2026-03-01T09:00Z!* 2026-03-01T08:00Z* | LAST_GOOD,LAST QUARANTINE LAST_FULL
            last=1         | 2027-03-01T10:00Z* 2026-03-01T10:00Z+ 2026-02-20T10:00Z* | FUTURE LAST_GOOD,LAST LAST_FULL
            last=1         | 2027-03-01T10:00Z* 2026-03-01T10:00Z+ 2026-02-20T10:00Z+ | LAST_FULL,FUTURE LAST_GOOD,LAST -NO_RULE
            # a quarantined one stands for nothing, stays for 14 days, or as long as by its age
            last=1         | 2026-03-01T10:00Z! 2026-03-01T09:00Z+ 2026-02-15T12:00:00Z! 2026-02-15T11:59:59Z! | QUARANTINE LAST_GOOD,LAST QUARANTINE -NO_RULE
            within=30d     | 2026-02-06T12:00Z+ 2026-02-05T12:00Z! 2026-01-05T12:00Z! | LAST_GOOD,WITHIN WITHIN -NO_RULE
            maxAge=1d      | 2026-03-01T10:00Z+ 2026-02-20T10:00Z! | LAST_GOOD,ALL -MAX_AGE
            ''             | 2026-03-01T10:00Z! 2026-03-01T09:00Z+ 2020-01-01T00:00Z! | QUARANTINE,ALL LAST_GOOD,ALL ALL
            # where none passed, what is quarantined stays whatever comes: the storage may only have been away
            daily=1 maxAge=1d | 2026-03-01T10:00Z 2026-01-05T12:00Z! 2026-01-04T12:00Zx! | LAST_GOOD,DAILY NONE_PASSED NONE_PASSED
            last=1         | 2026-01-05T12:00Z! 2026-01-05T12:00Z! | NONE_PASSED NONE_PASSED
            # one from the future stays, stands for nothing, and is the last good one only where it is alone
            last=2         | 2027-03-01T10:00Z+ 2027-02-01T10:00Z 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z | FUTURE FUTURE LAST_GOOD,LAST LAST -NO_RULE
            daily=1 maxAge=1d | 2027-03-01T10:00Z+ 2026-03-01T10:00Z 2026-02-20T10:00Z+ | FUTURE DAILY LAST_GOOD
            last=1         | 2027-03-01T10:00Z+ 2027-02-01T10:00Zx | LAST_GOOD,FUTURE -EXPIRED
            """)
    void ofKeepsWhatRulesSay(String policy, String snapshots, String outcome) {
        assertThat(outcome(Written.plan(Written.policy(policy), read(snapshots), StoredObjects.UNKNOWN, NOW)))
                .isEqualTo(outcome);
    }

    /** Clocks go forward from 2:00 to 3:00 on 2026-03-29 in Berlin, and back from 3:00 to 2:00 on 2025-10-26. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # the same moments are of other days elsewhere
            daily=9 zone=UTC              | 2026-02-28T23:30Z 2026-02-28T22:30Z | LAST_GOOD,DAILY -NO_RULE
            daily=9 zone=Europe/Berlin    | 2026-02-28T23:30Z 2026-02-28T22:30Z | LAST_GOOD,DAILY DAILY
            daily=9 zone=Pacific/Auckland | 2026-02-28T11:30Z 2026-02-28T10:30Z | LAST_GOOD,DAILY DAILY
            weekly=9 zone=Europe/Berlin   | 2026-02-22T23:30Z 2026-02-22T22:30Z | LAST_GOOD,WEEKLY WEEKLY
            monthly=9 zone=Europe/Berlin  | 2026-02-28T23:30Z 2026-02-28T22:30Z | LAST_GOOD,MONTHLY MONTHLY
            yearly=9 zone=Europe/Berlin   | 2025-12-31T23:30Z 2025-12-31T22:30Z | LAST_GOOD,YEARLY YEARLY
            # the hour from 2:00 to 3:00 comes twice: two hours
            hourly=9 zone=Europe/Berlin   | 2025-10-26T01:30Z 2025-10-26T00:30Z 2025-10-26T00:10Z | LAST_GOOD,HOURLY HOURLY -NO_RULE
            # a day of 25 hours, and one of 23
            daily=9 zone=Europe/Berlin    | 2025-10-26T22:59Z 2025-10-25T22:00Z 2025-10-25T21:59Z | LAST_GOOD,DAILY -NO_RULE DAILY
            daily=9 zone=Europe/Berlin    | 2026-03-29T21:59Z 2026-03-28T23:00Z 2026-03-28T22:59Z | LAST_GOOD,DAILY -NO_RULE DAILY
            # hours that begin at half past, seen from UTC
            hourly=9 zone=Asia/Kolkata    | 2026-02-28T10:40Z 2026-02-28T10:20Z 2026-02-28T09:40Z | LAST_GOOD,HOURLY HOURLY -NO_RULE
            """)
    void ofCountsBucketsInTheZoneOfThePolicy(String policy, String snapshots, String outcome) {
        assertThat(outcome(Written.plan(Written.policy(policy), read(snapshots), StoredObjects.UNKNOWN, IN_APRIL)))
                .isEqualTo(outcome);
    }

    /** One day before noon of the day on which clocks went forward is noon of the day before, 23 hours earlier. */
    @Test
    void ofCountsDaysByTheCalendar() {
        var snapshots = read("2026-03-29T09:00Z 2026-03-28T11:00Z 2026-03-28T10:59Z");
        var noonInBerlin = Instant.parse("2026-03-29T10:00:00Z");
        var policy = Written.policy("within=1d zone=Europe/Berlin");
        assertThat(outcome(Written.plan(policy, snapshots, StoredObjects.UNKNOWN, noonInBerlin)))
                .isEqualTo("LAST_GOOD,WITHIN WITHIN -NO_RULE");
    }

    /** A base that all share is found damaged: that says nothing of when they were made. */
    @Test
    void ofCountsTheQuarantineFromWhenDamageWasFound() {
        var good = Written.snapshot("2026-03-01T10:00Z+");
        var damaged = read("2026-01-02T10:00Z! 2026-01-01T10:00Z!");
        var all = List.of(good, damaged.get(0), damaged.get(1));
        var foundAt = Map.of(
                damaged.get(0).id(), NOW.minus(RetentionPlan.QUARANTINE),
                damaged.get(1).id(), NOW.minus(RetentionPlan.QUARANTINE).minusMillis(1));
        var plan = RetentionPlan.of(
                Written.policy("last=1"), all, foundAt, Set.of(), Set.of(), Set.of(), StoredObjects.UNKNOWN, NOW);
        assertThat(outcome(plan)).isEqualTo("LAST_GOOD,LAST QUARANTINE -NO_RULE");
    }

    @Test
    void ofKeepsWhatHasALabelOfThePolicy() {
        var all = Stream.of(
                        Map.<String, String>of(), Map.of("release", "1.0"), Map.of("keep", "yes"), Map.of("keep", "no"))
                .map(labels -> Written.snapshot("2026-03-01T10:00Z", null, labels))
                .toList();
        var policy = Written.policy("last=1 label=release,keep:yes");
        assertThat(outcome(Written.plan(policy, all, StoredObjects.UNKNOWN, NOW)))
                .isEqualTo("LAST_GOOD,LAST LABEL LABEL -NO_RULE");
    }

    /** Only a rule: limits, and an expiry, take it all the same. */
    @Test
    void ofKeepsThePartOfAGroupThatAnotherDatabaseKeeps() {
        var group = UUID.randomUUID();
        var all = Stream.of(null, group, UUID.randomUUID())
                .map(of -> Written.snapshot("2026-03-01T10:00Z", of, Map.of()))
                .toList();
        assertThat(outcome(planWithGroup("last=1", all, group))).isEqualTo("LAST_GOOD,LAST GROUP -NO_RULE");
        assertThat(outcome(planWithGroup("last=1 maxAge=1h", all, group))).isEqualTo("LAST_GOOD -MAX_AGE -MAX_AGE");
    }

    private static RetentionPlan planWithGroup(String policy, List<Snapshot> all, UUID group) {
        return RetentionPlan.of(
                Written.policy(policy), all, Map.of(), Set.of(), Set.of(), Set.of(group), StoredObjects.UNKNOWN, NOW);
    }

    @Test
    void ofKeepsWhatIsLeftFromBeforeACollapse() {
        var all = read("2026-03-01T10:00Z+ 2026-03-01T09:00Z+ 2026-03-01T08:00Z+x 2026-03-01T07:00Z+");
        var before = Set.of(all.get(2).id());
        var plan = RetentionPlan.of(
                Written.policy("last=1"), all, Map.of(), before, Set.of(), Set.of(), StoredObjects.UNKNOWN, NOW);
        assertThat(outcome(plan)).isEqualTo("LAST_GOOD,LAST -NO_RULE BEFORE_COLLAPSE -NO_RULE");
    }

    @Test
    void ofKeepsWhatTheLogIsReplayedFromWhateverThePolicySays() {
        var all = read("2026-03-01T10:00Z+ 2026-03-01T09:00Z+ 2026-03-01T08:00Z+");
        var needed = Set.of(all.get(1).id());
        var plan = RetentionPlan.of(
                Written.policy("last=1 maxAge=1m"),
                all,
                Map.of(),
                Set.of(),
                needed,
                Set.of(),
                StoredObjects.UNKNOWN,
                NOW);
        assertThat(outcome(plan)).isEqualTo("LAST_GOOD LOG -MAX_AGE");
    }

    /** All share the layer "base" of 100 bytes, each has 10 bytes of its own. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            maxBytes=130 | 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z  | LAST_GOOD,ALL ALL ALL              | 0
            maxBytes=129 | 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z  | LAST_GOOD,ALL ALL -MAX_BYTES       | 10
            maxBytes=1   | 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z  | LAST_GOOD,ALL -MAX_BYTES -MAX_BYTES | 20
            maxBytes=120 last=2 | 2026-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z | LAST_GOOD,LAST LAST -NO_RULE | 10
            # neither pinned ones, nor the last that passed, nor the newest
            maxBytes=1   | 2026-03-01T10:00Z 2026-03-01T09:00Z+ 2026-03-01T08:00Z^ | ALL LAST_GOOD,ALL PINNED,ALL      | 0
            # what cannot be restored goes first
            maxBytes=120 | 2026-03-01T10:00Z! 2026-03-01T09:00Z+ 2026-03-01T08:00Z | -MAX_BYTES LAST_GOOD,ALL ALL       | 10
            # unless nothing better is there
            maxBytes=1   | 2026-03-01T10:00Z! 2026-03-01T09:00Z 2026-03-01T08:00Z  | NONE_PASSED,QUARANTINE,ALL LAST_GOOD,ALL -MAX_BYTES | 10
            maxBytes=1   | 2026-03-01T10:00Z!                                      | NONE_PASSED,QUARANTINE,ALL        | 0
            # what is from the future goes last
            maxBytes=120 | 2027-03-01T10:00Z 2026-03-01T09:00Z 2026-03-01T08:00Z   | FUTURE,ALL LAST_GOOD,ALL -MAX_BYTES | 10
            """)
    void ofDropsTheOldestUntilTheRestFits(String policy, String snapshots, String outcome, long bytesFreed) {
        var all = read(snapshots);
        var stored = new StoredObjects(all.stream()
                .collect(Collectors.toMap(
                        Snapshot::id, one -> Map.of("base", 100L, one.id().toString(), 10L))));
        var plan = Written.plan(Written.policy(policy), all, stored, NOW);
        assertThat(outcome(plan)).isEqualTo(outcome);
        assertThat(plan.bytesFreed()).isEqualTo(bytesFreed);
    }

    /** The newer one was taken after the clock had gone back by a minute. */
    @Test
    void ofGoesByTheOrderInTheCatalogAndNotByTheTime() {
        var older = Written.snapshot("2026-03-01T10:01Z");
        var newer = Written.snapshot("2026-03-01T10:00Z");
        var plan = Written.plan(Written.policy("last=1"), List.of(newer, older), StoredObjects.UNKNOWN, NOW);
        assertThat(plan.deletions()).containsExactly(older);
    }

    private static List<Snapshot> read(String snapshots) {
        return Arrays.stream(snapshots.split(" "))
                .filter(text -> !text.isEmpty())
                .map(Written::snapshot)
                .toList();
    }

    /** Of each snapshot, newest first, the rules that keep it, or the reason why it goes behind a minus. */
    private static String outcome(RetentionPlan plan) {
        return plan.snapshots().stream()
                .map(planned -> switch (planned.verdict()) {
                    case Verdict.Keep(var rules) ->
                        rules.stream().map(Enum::name).collect(Collectors.joining(","));
                    case Verdict.Delete(var reason) -> "-" + reason;
                })
                .collect(Collectors.joining(" "));
    }
}
