package dev.afterimage.backup;

import static dev.afterimage.problem.ProblemCode.BACKUP_INTERRUPTED;
import static dev.afterimage.problem.ProblemCode.HOOK_FAILED;
import static dev.afterimage.problem.ProblemCode.METHOD_NOT_POSSIBLE;
import static dev.afterimage.problem.ProblemCode.SOURCE_LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.hook.During;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.Scan;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that run while a backup holds its databases. */
class CommandsUnderLockTests {

    /** Copies each database as another tool would, and tells under which lock. */
    private static final String COPY = """
            echo "$AFTERIMAGE_PATHS" | while read -r live; do
                for part in '' -wal; do
                    [ ! -e "$live$part" ] || cp "$live$part" "$COPIES/${live##*/}$part"
                done
            done
            echo "copied under $AFTERIMAGE_LOCK"
            """;

    @TempDir
    Path dir;

    private @Nullable TestBackups opened;

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"WAL, IMMEDIATE", "DELETE, IMMEDIATE", "WAL, READ", "DELETE, READ", "DELETE, EXCLUSIVE"})
    void runBesideAWriterStoresTheStateThatTheCommandCouldRead(String journalMode, During.Lock lock) throws Exception {
        hooked("orders", COPY, lock);
        var database = database("orders", journalMode);
        var other = database("other", journalMode);
        try (var _ = TwoDatabasesWriter.start(database.path(), other.path())) {
            var commands = backups().commands.ofJob(UUID.randomUUID());
            var snapshot = run(commands, database, Method.AUTO, PageProgress.NONE);

            long copied = read(copies().resolve("orders.db"));
            if (journalMode.equals("WAL") && lock == During.Lock.READ) {
                assertThat(copied).as("others go on").isGreaterThanOrEqualTo(read(snapshot));
            } else {
                assertThat(copied).isEqualTo(read(snapshot));
            }
            assertThat(snapshot.capture().methodUsed()).isEqualTo("SCAN");
            assertThat(commands.ran()).singleElement().satisfies(ran -> {
                assertThat(ran.key()).isEqualTo("orders");
                assertThat(ran.lock()).isEqualTo(lock);
                assertThat(ran.lockHeld()).isPositive();
                assertThat(ran.output()).isEqualTo("copied under " + lock + "\n");
            });
            long now = read(database.path());
            await("the writer goes on").until(() -> read(database.path()) > now);
        }
    }

    @Test
    void runWhenNothingHasChangedRunsTheCommandAndStoresNothing() throws Exception {
        hooked("kind=test", COPY, During.Lock.IMMEDIATE);
        var database = database("orders", "WAL");
        try (var application = SampleDatabases.open(database.path())) {
            write(application, 1);
            var first = run(database);
            Files.delete(copies().resolve("orders.db"));
            var second = run(database);
            assertThat(copies().resolve("orders.db")).exists();
            assertThat(backups().layers(second)).isEqualTo(backups().layers(first));
        }
    }

    private record Failure(During.Lock lock, String command, ProblemCode code, String words) {}

    private static final List<Failure> FAILURES = List.of(
            new Failure(During.Lock.READ, "echo the reason; exit 3", HOOK_FAILED, "ended with code 3"),
            new Failure(During.Lock.EXCLUSIVE, "(setsid sleep 600 &); sleep 600", HOOK_FAILED, "did not end within"),
            new Failure(During.Lock.IMMEDIATE, "head -c 30000000 /dev/zero; exit 4", HOOK_FAILED, "ended with code 4"),
            new Failure(During.Lock.IMMEDIATE, "rm $AFTERIMAGE_SHM; sleep 600", BACKUP_INTERRUPTED, "all locks"),
            new Failure(During.Lock.READ, "rm $AFTERIMAGE_SHM", BACKUP_INTERRUPTED, "all locks"),
            new Failure(
                    During.Lock.READ, "mv $OLD $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, "replaced or deleted"),
            new Failure(During.Lock.EXCLUSIVE, "mv $OLD $AFTERIMAGE_PATH", BACKUP_INTERRUPTED, "replaced or deleted"),
            new Failure(
                    During.Lock.IMMEDIATE,
                    "cat $OLD > $AFTERIMAGE_PATH; sleep 600",
                    BACKUP_INTERRUPTED,
                    "has not locked it"),
            new Failure(During.Lock.EXCLUSIVE, "cat $OLD > $AFTERIMAGE_PATH", BACKUP_INTERRUPTED, "has not locked it"),
            new Failure(
                    During.Lock.IMMEDIATE,
                    "rm $AFTERIMAGE_PATH; sleep 600",
                    BACKUP_INTERRUPTED,
                    "replaced or deleted"));

    @Test
    void runWhenTheCommandFailsOrBreaksTheLockFails() throws Exception {
        var script = dir.resolve("command.sh");
        var hooks = new HashMap<String, HookSettings.OfDatabase>();
        for (var failure : FAILURES) {
            hooks.putAll(hooks(dir, "orders-" + FAILURES.indexOf(failure), ". " + script, failure.lock)
                    .hooks());
        }
        opened = new TestBackups(dir, Clock.systemUTC(), Map.of(), new HookSettings(hooks));
        for (var failure : FAILURES) {
            Files.writeString(script, failure.command);
            var database = database("orders-" + FAILURES.indexOf(failure), "WAL");
            Files.copy(database.path(), dir.resolve("old.db"), StandardCopyOption.REPLACE_EXISTING);
            try (var application = SampleDatabases.open(database.path())) {
                write(application, 1);
                assertThatExceptionOfType(ProblemException.class)
                        .as(failure.command)
                        .isThrownBy(() -> run(database))
                        .satisfies(e -> assertThat(e.code()).isEqualTo(failure.code))
                        .withMessageContaining(failure.words);
                if (failure.code == HOOK_FAILED) {
                    write(application, 2); // nobody holds a lock
                }
            }
            assertThat(backups().catalog.snapshots.present(database.id())).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"DELETE, IMMEDIATE, ''", "WAL, IMMEDIATE, -shm", "DELETE, EXCLUSIVE, ''"})
    void runWhenThisProcessHasDroppedItsLocksFails(String journalMode, During.Lock lock, String locked)
            throws Exception {
        hooked("orders", "touch $COPIES/began; sleep 600", lock);
        var database = database("orders", journalMode);
        var began = copies().resolve("began");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> run(database, whileHeld(() -> {
                    if (Files.exists(began)) {
                        new FileInputStream(database.path() + locked).close();
                    }
                })))
                .satisfies(e -> assertThat(e.code()).isEqualTo(BACKUP_INTERRUPTED))
                .withMessageContaining("has lost the lock");
    }

    @Test
    void runWhenCancelledEndsTheCommand() throws Exception {
        hooked("orders", "sleep 600 & echo $! > $COPIES/tmp; mv $COPIES/tmp $COPIES/pid; wait", During.Lock.EXCLUSIVE);
        var database = database("orders", "DELETE");
        var pid = copies().resolve("pid");
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> run(database, whileHeld(() -> {
                    if (Files.exists(pid)) {
                        throw new CancellationException("told to");
                    }
                })));
        awaitDeath(pid);
        try (var application = SampleDatabases.open(database.path())) {
            write(application, 1);
        }
    }

    @Test
    void endLeftOfAfterTheProcessWasKilledEndsTheCommand() throws Exception {
        var file = dir.toRealPath().resolve("orders.db");
        TwoDatabasesWriter.create(file, "DELETE");
        var pid = copies().resolve("pid");
        try (var _ = OtherProcess.start(DyingProcess.class, dir.toRealPath())) {
            await().until(() -> Files.exists(pid));
        }
        try (var application = SampleDatabases.open(file)) {
            write(application, 1); // the lock died with it
        }
        assertThat(ProcessHandle.of(pid(pid))).as("outlived it").isPresent();
        hooked("orders", COPY, During.Lock.IMMEDIATE);
        backups().freezing.releaseLeftOfDeadProcess();
        awaitDeath(pid);
    }

    /** A service that dies while a command runs under its lock. */
    static final class DyingProcess {

        static void main(String[] arguments) throws Exception {
            var dir = Path.of(arguments[0]);
            var command = "(sleep 600 & echo $! > $COPIES/tmp; mv $COPIES/tmp $COPIES/pid); sleep 600";
            try (var backups = new TestBackups(
                    dir, Clock.systemUTC(), Map.of(), hooks(dir, "orders", command, During.Lock.IMMEDIATE))) {
                backups.run(backups.catalog.databases.add("orders", dir.resolve("orders.db"), Map.of()));
            }
        }

        private DyingProcess() {}
    }

    @Test
    void runAloneInWalModeFailsWhileOrWhenSomebodyElseIsConnected() throws Exception {
        hooked("orders", "touch $COPIES/began; while [ ! -e $COPIES/go ]; do sleep 0.05; done", During.Lock.EXCLUSIVE);
        var database = database("orders", "WAL");
        var other = database("other", "WAL");
        try (var writer = TwoDatabasesWriter.start(database.path(), other.path())) {
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> run(database))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(SOURCE_LOCKED);
                        assertThat(e.problem().properties().get("holders").toString())
                                .contains("pid=" + writer.pid());
                    });
        }
        var began = copies().resolve("began");
        assertThat(began).doesNotExist();

        var late = new ArrayList<OtherProcess>();
        try {
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> run(database, whileHeld(() -> {
                        if (Files.exists(began) && late.isEmpty()) {
                            late.add(OtherProcess.start(TwoDatabasesWriter.class, other.path(), database.path()));
                        }
                    })))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(BACKUP_INTERRUPTED))
                    .withMessageContaining("while nobody else was to use it");
        } finally {
            late.forEach(OtherProcess::close);
        }
        Files.createFile(copies().resolve("go"));
        assertThat(run(database).state()).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runOfAGroupRunsTheCommandOnceUnderAllLocks() throws Exception {
        hooked("kind=test", COPY, During.Lock.IMMEDIATE);
        var first = database("first", "WAL");
        var second = database("second", "DELETE");
        var members = new ArrayList<GroupPlan.Member>();
        for (var database : List.of(first, second)) {
            members.add(new GroupPlan.Member(database.id(), TimeOrderedId.next(Clock.systemUTC())));
        }
        var plan = new GroupPlan(UUID.randomUUID(), members, Map.of(), 0);
        var commands = backups().commands.ofJob(UUID.randomUUID());
        try (var _ = TwoDatabasesWriter.start(first.path(), second.path())) {
            var taken = backups()
                    .groupBackup
                    .run(commands, plan, Duration.ofSeconds(30), backups().staging(), PageProgress.NONE);
            assertThat(taken.oneMoment()).isTrue();
        }
        assertThat(commands.ran()).hasSize(1);
        var ofFirst = read(backups().catalog.snapshots.get(plan.snapshotIds().getFirst()));
        var ofSecond = read(backups().catalog.snapshots.get(plan.snapshotIds().getLast()));
        assertThat(ofFirst - ofSecond).isBetween(0L, 1L);
        assertThat(read(copies().resolve("first.db"))).isEqualTo(ofFirst);
        assertThat(read(copies().resolve("second.db"))).isEqualTo(ofSecond);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ONLINE", "VACUUM", "FILESYSTEM_SNAPSHOT"})
    void runByAMethodThatCannotHoldItIsRefused(Method method) throws Exception {
        hooked("orders", COPY, During.Lock.READ);
        var database = database("orders", "WAL");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> run(backups().commands.ofJob(UUID.randomUUID()), database, method, PageProgress.NONE))
                .satisfies(e -> assertThat(e.code()).isEqualTo(METHOD_NOT_POSSIBLE))
                .withMessageContaining("afterimage.hooks.orders.during");
        assertThat(copies()).isEmptyDirectory();
    }

    private void hooked(String key, String script, During.Lock lock) throws IOException {
        opened = new TestBackups(dir, Clock.systemUTC(), Map.of(), hooks(dir, key, script, lock));
        Files.createDirectories(copies());
    }

    private static HookSettings hooks(Path dir, String key, String script, During.Lock lock) {
        var environment = Map.of(
                "COPIES", dir.resolve("copies").toString(),
                "OLD", dir.resolve("old.db").toString());
        var command = List.of("/bin/sh", "-c", script);
        var during = new During(lock, command, Duration.ofMillis(2500), environment, null);
        return new HookSettings(Map.of(key, new HookSettings.OfDatabase(null, null, during)));
    }

    private Path copies() throws IOException {
        return Files.createDirectories(dir.resolve("copies"));
    }

    private TestBackups backups() {
        return Objects.requireNonNull(opened);
    }

    private Database database(String name, String journalMode) throws Exception {
        var file = dir.toRealPath().resolve(name + ".db");
        TwoDatabasesWriter.create(file, journalMode);
        return backups().catalog.databases.add(name, file, Map.of("kind", "test"));
    }

    private Snapshot run(Database database) {
        return run(database, PageProgress.NONE);
    }

    private Snapshot run(Database database, PageProgress progress) {
        return run(backups().commands.ofJob(UUID.randomUUID()), database, Method.AUTO, progress);
    }

    private Snapshot run(JobCommands commands, Database database, Method method, PageProgress progress) {
        var plan = new BackupPlan(TimeOrderedId.next(Clock.systemUTC()), method, Map.of(), 0);
        return backups()
                .backup
                .run(
                        commands,
                        database.id(),
                        plan,
                        Duration.ofSeconds(5),
                        backups().staging(),
                        progress);
    }

    private interface Doing {
        void run() throws IOException;
    }

    /** Does something while the command runs. */
    private static PageProgress whileHeld(Doing doing) {
        return new PageProgress() {
            @Override
            public void pages(long done, long total) {}

            @Override
            public PageProgress phase(String name, int pageSize) {
                return name.equals(Scan.PHASE_WHILE_HELD) ? (done, total) -> run(doing) : this;
            }
        };
    }

    private static void run(Doing doing) {
        try {
            doing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitDeath(Path pid) throws IOException {
        long number = pid(pid);
        await().until(() ->
                ProcessHandle.of(number).filter(ProcessHandle::isAlive).isEmpty());
    }

    private static long pid(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static void write(Connection application, long n) throws SQLException {
        SampleDatabases.execute(application, "UPDATE n SET n = " + n);
    }

    private static long read(Path file) throws SQLException {
        return Long.parseLong(SampleDatabases.ask(file, "SELECT n FROM n"));
    }

    private long read(Snapshot snapshot) throws Exception {
        return read(Files.write(dir.resolve(snapshot.id() + ".db"), backups().content(snapshot)));
    }
}
