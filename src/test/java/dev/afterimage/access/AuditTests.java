package dev.afterimage.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTests {

    private static final AuditEntry.Outcome DONE = new AuditEntry.Outcome(202, null);
    private static final AuditEntry.Outcome REFUSED = new AuditEntry.Outcome(401, "UNAUTHENTICATED");
    private static final AuditFilter ALL = new AuditFilter(null, null, null, null);

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock();
    private TestAccess access;

    @BeforeEach
    void open() {
        access = new TestAccess(directory, clock, 5);
    }

    @AfterEach
    void close() {
        access.close();
    }

    @Test
    void entryIsThereBeforeItsEndIsKnown() {
        var begun = entry("pipeline", "orders");
        access.audit.add(begun);
        assertThat(list(ALL)).containsExactly(begun);

        var ended = begun.ended(DONE, List.of("orders", "billing"), "/api/v1/jobs/1");
        access.audit.end(ended);
        assertThat(list(ALL)).containsExactly(ended);

        access.audit.end(begun.ended(REFUSED, List.of(), null));
        assertThat(list(ALL)).as("an end is noted once").containsExactly(ended);
    }

    @Test
    void listHasWhatTheFilterSays() {
        var first = entry("pipeline", "orders");
        access.audit.add(first);
        clock.advance(Duration.ofHours(1));
        var second = entry("other", "billing");
        access.audit.add(second);

        assertThat(list(ALL)).containsExactly(second, first);
        assertThat(list(new AuditFilter("pipeline", null, null, null))).containsExactly(first);
        assertThat(list(new AuditFilter(null, "billing", null, null))).containsExactly(second);
        assertThat(list(new AuditFilter(null, null, second.at(), null))).containsExactly(second);
        assertThat(list(new AuditFilter(null, null, null, second.at()))).containsExactly(first);
        var page = access.audit.list(ALL, null, 1);
        assertThat(page.items()).containsExactly(second);
        assertThat(access.audit.list(ALL, page.next(), 1).items()).containsExactly(first);
    }

    @Test
    void forgetKeepsTheNewestUpToTheBoundAndTheAge() {
        var entries = IntStream.range(0, 7)
                .mapToObj(number -> entry("pipeline", "orders"))
                .peek(access.audit::add)
                .toList();
        access.audit.forget();
        assertThat(list(ALL)).containsExactlyElementsOf(entries.subList(2, 7).reversed());

        clock.advance(Duration.ofDays(399));
        access.audit.forget();
        assertThat(list(ALL)).hasSize(5);

        clock.advance(Duration.ofDays(2));
        access.audit.forget();
        assertThat(list(ALL)).isEmpty();
    }

    @Test
    void forgetKeepsChangesRatherThanWhatChangedNothing() {
        var change = entry("pipeline", "orders");
        access.audit.add(change);
        for (int refusal = 0; refusal < 7; refusal++) {
            var outcome = refusal % 2 == 0
                    ? new AuditEntry.Outcome(403, "SCOPE_NEEDED")
                    : new AuditEntry.Outcome(404, "DATABASE_NOT_FOUND");
            access.audit.add(entry("reader", "orders").ended(outcome, List.of(), null));
        }
        access.audit.forget();
        assertThat(list(ALL)).hasSize(5).contains(change);
    }

    @Test
    void strangersOfOneAddressHaveOneEntryAMinute() {
        assertThat(refused("10.0.0.1")).isTrue();
        for (int more = 0; more < 9; more++) {
            assertThat(refused("10.0.0.1")).isFalse();
        }
        refused("10.0.0.2");
        assertThat(list(ALL)).hasSize(2);

        clock.advance(Duration.ofMinutes(1));
        assertThat(refused("10.0.0.1")).isTrue();
        assertThat(list(ALL)).extracting(AuditEntry::address).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.1");
        assertThat(list(ALL)).extracting(AuditEntry::times).containsExactly(1L, 1L, 10L);
    }

    @Test
    void strangersOfManyAddressesShareAnEntry() {
        for (int address = 0; address < RepeatedRefusals.MOST_ADDRESSES + 50; address++) {
            refused("10.0.1." + address);
        }
        access.refusals.settle();

        var entries = list(ALL);
        assertThat(entries).hasSize(RepeatedRefusals.MOST_ADDRESSES + 1);
        assertThat(entries.getFirst().address()).isEqualTo(RepeatedRefusals.OTHERS);
        assertThat(entries.getFirst().times()).isEqualTo(50);
    }

    @Test
    void refusalsOfACallerHaveOneEntryAMinuteWhoeverElseIsRefused() {
        for (int address = 0; address < RepeatedRefusals.MOST_ADDRESSES + 50; address++) {
            refused("10.0.1." + address);
        }
        assertThat(searched("reader", "10.0.0.1")).isTrue();
        assertThat(searched("reader", "10.0.0.2")).isFalse();
        assertThat(searched("other", "10.0.0.1")).isTrue();
        clock.advance(Duration.ofMinutes(1));
        assertThat(searched("reader", "10.0.0.1")).isTrue();

        assertThat(list(new AuditFilter("reader", null, null, null)))
                .extracting(AuditEntry::times)
                .containsExactly(1L, 2L);
        assertThat(list(new AuditFilter("other", null, null, null)))
                .extracting(AuditEntry::times)
                .containsExactly(1L);
    }

    private boolean searched(String caller, String address) {
        var hidden = new AuditEntry.Outcome(404, "DATABASE_NOT_FOUND");
        return access.refusals.refused(entry(caller, "orders").from(address).ended(hidden, List.of("orders"), null));
    }

    private boolean refused(String address) {
        return access.refusals.refused(entry(null, null).from(address).ended(REFUSED, List.of(), null));
    }

    private AuditEntry entry(@Nullable String caller, @Nullable String database) {
        return new AuditEntry(
                TimeOrderedId.next(clock),
                Instant.ofEpochMilli(clock.millis()),
                caller,
                caller,
                "createBackup",
                "POST",
                "/api/v1/databases/orders/backups",
                database == null ? List.of() : List.of(database),
                null,
                "127.0.0.1",
                "request",
                null,
                1);
    }

    private List<AuditEntry> list(AuditFilter filter) {
        return access.audit.list(filter, null, 1000).items();
    }
}
