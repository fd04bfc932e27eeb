package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.afterimage.LogListener;
import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.hook.AroundBackup;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.RunningJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Hooks that have to run after tries of backups, which die or whose hooks fail. */
class AfterHooksTests {

    /** Tells what it was told, unless it is to fail. */
    private static final String TELL = "[ ! -e %1$s/away ] || exit 7; echo $AFTERIMAGE_DATABASE $AFTERIMAGE_STATE"
            + " ${AFTERIMAGE_SNAPSHOT:-none} >> %1$s/told";

    @RegisterExtension
    final LogListener log = LogListener.of(AfterHooks.class.getName());

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private final Map<String, HookSettings.OfDatabase> hooks = new HashMap<>();
    private TestCatalog catalog;

    /** Another one on the same catalog stands for the next start. */
    private final class Service {
        final OwedHooks owed = new OwedHooks(catalog.catalog, catalog.node, clock);
        final AfterHooks after;
        final BackupHooks around;

        Service() {
            var settings = new HookSettings(hooks);
            after = new AfterHooks(settings, catalog.databases, owed, clock);
            around = new BackupHooks(settings, catalog.databases, owed, after);
        }
    }

    @BeforeEach
    void open() {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void tryThatDiedHasFailedForTheNextStart() throws Exception {
        var orders = hooked("orders", AroundBackup.On.ALWAYS);
        var onFailure = hooked("stock", AroundBackup.On.FAILURE);
        var onSuccess = hooked("users", AroundBackup.On.SUCCESS);
        var dead = new Service();
        for (var database : List.of(orders, onFailure, onSuccess)) {
            dead.around.begin(run(database));
        }
        dead.after.runOwed(true);
        assertThat(dir.resolve("told")).as("it goes on").doesNotExist();

        var next = new Service();
        next.after.runOwed(true);
        next.after.runOwed(true);
        assertThat(told()).containsExactlyInAnyOrder("orders FAILED none", "stock FAILED none");
        assertThat(next.owed.list()).isEmpty();
    }

    @Test
    void hookThatFailsIsRunAgainWithWhatItWasToBeTold() throws Exception {
        var orders = hooked("orders", AroundBackup.On.SUCCESS);
        var service = new Service();
        var away = Files.createFile(dir.resolve("away"));
        var run = run(orders);
        service.around.begin(run);
        var outcome = service.around.after(run, new Outcome.Succeeded(Map.of("snapshotId", "s-1")));
        assertThat(((Outcome.Succeeded) outcome).result().get("notes").toString())
                .contains("code 7", "orders", "tried again");
        assertThat(service.after.owed()).isEqualTo(1);

        Files.delete(away);
        service.after.runOwed(false);
        assertThat(dir.resolve("told")).as("not due yet").doesNotExist();
        clock.advance(Duration.ofSeconds(5));
        service.after.runOwed(false);
        assertThat(told()).containsExactly("orders SUCCEEDED s-1");
        assertThat(service.after.owed()).isZero();
        assertThat(heard()).singleElement().asString().contains("to be tried again", "code 7");
    }

    @Test
    void hookThatFailsForADayIsGivenUp() throws Exception {
        var orders = hooked("orders", AroundBackup.On.ALWAYS);
        new Service().around.begin(run(orders));
        Files.createFile(dir.resolve("away"));
        var service = new Service();
        service.after.runOwed(true);
        clock.advance(Duration.ofDays(1));
        service.after.runOwed(false);
        assertThat(service.owed.list()).isNotEmpty();
        clock.advance(Duration.ofHours(1));
        service.after.runOwed(false);
        assertThat(service.owed.list()).isEmpty();
        assertThat(heard()).hasSize(2).last().asString().contains("given up");
    }

    @Test
    void hookOfATryThatIsLongOverIsTriedAgainToo() throws Exception {
        var orders = hooked("orders", AroundBackup.On.ALWAYS);
        new Service().around.begin(run(orders));
        var away = Files.createFile(dir.resolve("away"));
        clock.advance(Duration.ofDays(3));
        var next = new Service();
        next.after.runOwed(true);
        Files.delete(away);
        clock.advance(Duration.ofSeconds(5));
        next.after.runOwed(false);
        assertThat(told()).containsExactly("orders FAILED none");
    }

    @Test
    void whatIsNotConfiguredAnyMoreOrWasRemovedIsDropped() {
        var orders = hooked("orders", AroundBackup.On.ALWAYS);
        var stock = hooked("stock", AroundBackup.On.ALWAYS);
        var dead = new Service();
        dead.around.begin(run(orders));
        dead.around.begin(run(stock));
        hooks.remove("orders");
        catalog.databases.remove(stock);
        var next = new Service();
        next.after.runOwed(true);
        assertThat(next.owed.list()).isEmpty();
        assertThat(dir.resolve("told")).doesNotExist();
        assertThat(heard())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("no afterimage.hooks.orders.after any more"))
                .anySatisfy(line -> assertThat(line).contains("its databases were removed"));
    }

    @Test
    void nextTryRunsWhatThatBeforeItIsOwedFirst() throws Exception {
        var orders = hooked("orders", AroundBackup.On.ALWAYS);
        new Service().around.begin(run(orders));
        var service = new Service();
        var run = run(orders);
        service.around.begin(run);
        assertThat(told()).containsExactly("orders FAILED none");
        service.around.after(run, new Outcome.Cancelled());
        assertThat(told()).containsExactly("orders FAILED none", "orders CANCELLED none");
        assertThat(service.owed.list()).isEmpty();
    }

    private Database hooked(String name, AroundBackup.On on) {
        var command = List.of("/bin/sh", "-c", TELL.formatted(dir));
        var after = new AroundBackup(on, Duration.ofMinutes(2), command, Map.of(), null, null, null, null, null);
        hooks.put(name, new HookSettings.OfDatabase(null, after, null));
        return catalog.databases.add(name, dir.resolve(name + ".db"), Map.of());
    }

    private RunningJob run(Database database) {
        var plan = new BackupPlan(UUID.randomUUID(), Method.AUTO, Map.of(), 0);
        var spec = new JobSpec.Backup(database.id(), plan, VerifyLevel.NONE, Duration.ofMinutes(1));
        var now = clock.instant();
        var job = new Job(
                UUID.randomUUID(),
                spec,
                List.of(database.name()),
                "here",
                JobState.RUNNING,
                null,
                Priority.NORMAL,
                now,
                now,
                now,
                null,
                1,
                false,
                null,
                null,
                null);
        return new RunningJob(job, dir.resolve("staging"));
    }

    private List<String> told() throws Exception {
        return Files.readAllLines(dir.resolve("told"));
    }

    private List<String> heard() {
        return log.heard().stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
