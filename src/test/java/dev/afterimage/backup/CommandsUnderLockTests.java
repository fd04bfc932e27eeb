package dev.afterimage.backup;

import static dev.afterimage.hook.During.Lock.EXCLUSIVE;
import static dev.afterimage.hook.During.Lock.IMMEDIATE;
import static dev.afterimage.hook.During.Lock.READ;
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
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.Scan;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
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

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String REPLACED = "replaced or deleted";
    private static final String UNLOCKED = "has not locked it";

    @TempDir
    private static Path root;

    private static TestBackups backups;

    private Path dir;

    @BeforeAll
    static void open() {
        backups = new TestBackups(root, Clock.systemUTC());
    }

    @AfterAll
    static void close() {
        backups.close();
    }

    @BeforeEach
    void makeDirectory() throws IOException {
        dir = Files.createTempDirectory(root.toRealPath(), "test");
    }

    @AfterEach
    void forgetDatabases() {
        backups.catalog.databases.list(null, 100).forEach(backups.catalog.databases::remove);
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runBesideAWriterStoresTheStateThatTheCommandCouldRead(String journalMode) throws Exception {
        var database = database("orders", journalMode);
        var other = database("other", journalMode);
        try (var _ = TwoDatabasesWriter.start(database.path(), other.path())) {
            for (var lock :
                    journalMode.equals("WAL") ? List.of(READ, IMMEDIATE) : List.of(READ, IMMEDIATE, EXCLUSIVE)) {
                var commands = commands("orders", COPY, lock);
                var snapshot = run(commands, database);

                long copied = read(copies().resolve("orders.db"));
                if (journalMode.equals("WAL") && lock == READ) {
                    assertThat(copied).as("others go on").isGreaterThanOrEqualTo(read(snapshot));
                } else {
                    assertThat(copied).as("under %s", lock).isEqualTo(read(snapshot));
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
    }

    @Test
    void runWhenNothingHasChangedRunsTheCommandAndStoresNothing() throws Exception {
        var database = database("orders", "WAL");
        try (var application = SampleDatabases.open(database.path())) {
            write(application, 1);
            var first = run(commands("kind=test", COPY, IMMEDIATE), database);
            Files.delete(copies().resolve("orders.db"));
            var second = run(commands("kind=test", COPY, IMMEDIATE), database);
            assertThat(copies().resolve("orders.db")).exists();
            assertThat(backups.layers(second)).isEqualTo(backups.layers(first));
        }
    }

    private record Failure(String journalMode, During.Lock lock, String command, ProblemCode code, String words) {}

    private static final List<Failure> FAILURES = List.of(
            new Failure("WAL", READ, "echo the reason; exit 3", HOOK_FAILED, "ended with code 3"),
            new Failure("DELETE", EXCLUSIVE, "(setsid sleep 600 &); sleep 600", HOOK_FAILED, "did not end within"),
            new Failure("WAL", EXCLUSIVE, "setsid sleep 600 &", HOOK_FAILED, "with all that it has started"),
            new Failure("WAL", IMMEDIATE, "setsid sleep 600 & exit 5", HOOK_FAILED, "ended with code 5"),
            new Failure("DELETE", IMMEDIATE, "head -c 1G /dev/zero; exit 4", HOOK_FAILED, "ended with code 4"),
            new Failure("WAL", IMMEDIATE, "rm $AFTERIMAGE_SHM; sleep 600", BACKUP_INTERRUPTED, "all locks"),
            new Failure("WAL", READ, "rm $AFTERIMAGE_SHM", BACKUP_INTERRUPTED, "all locks"),
            new Failure("WAL", IMMEDIATE, "rm $AFTERIMAGE_SHM $AFTERIMAGE_WAL", BACKUP_INTERRUPTED, "all locks"),
            new Failure("WAL", IMMEDIATE, "rm $AFTERIMAGE_WAL", BACKUP_INTERRUPTED, "its -wal was"),
            new Failure("WAL", READ, "rm $AFTERIMAGE_WAL; sleep 600", BACKUP_INTERRUPTED, "its -wal was"),
            new Failure("WAL", READ, "mv $OLD $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, REPLACED),
            new Failure("DELETE", READ, "mv $OLD $AFTERIMAGE_PATH", BACKUP_INTERRUPTED, REPLACED),
            new Failure("WAL", EXCLUSIVE, "mv $OLD $AFTERIMAGE_PATH", BACKUP_INTERRUPTED, REPLACED),
            new Failure("WAL", IMMEDIATE, "rm $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, REPLACED),
            new Failure("DELETE", EXCLUSIVE, "rm $AFTERIMAGE_PATH", BACKUP_INTERRUPTED, REPLACED),
            new Failure("WAL", IMMEDIATE, "cat $OLD > $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, UNLOCKED),
            new Failure("DELETE", READ, "cat $OLD > $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, UNLOCKED),
            new Failure("WAL", EXCLUSIVE, "cat $OLD > $AFTERIMAGE_PATH", BACKUP_INTERRUPTED, UNLOCKED));

    @Test
    void runWhenTheCommandFailsOrBreaksTheLockFailsAndLeavesNothing() throws Exception {
        for (var failure : FAILURES) {
            var database = database("orders-" + FAILURES.indexOf(failure), failure.journalMode);
            Files.copy(database.path(), dir.resolve("old.db"), StandardCopyOption.REPLACE_EXISTING);
            try (var application = SampleDatabases.open(database.path())) {
                write(application, 1);
                if (failure.journalMode.equals("WAL") && failure.lock == EXCLUSIVE) {
                    application.close();
                }
                var commands = commands(database.name(), failure.command, failure.lock);
                assertThatExceptionOfType(ProblemException.class)
                        .as("%s", failure)
                        .isThrownBy(() -> run(commands, database))
                        .satisfies(e -> assertThat(e.code()).isEqualTo(failure.code))
                        .withMessageContaining(failure.words);
                assertThat(commands.ran()).as("%s", failure).hasSize(1);
                if (failure.code == HOOK_FAILED) {
                    requireWritable(database.path());
                }
            }
            assertThat(backups.catalog.snapshots.present(database.id())).isEmpty();
            assertThat(runningCommands()).as("%s", failure).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"DELETE, IMMEDIATE, ''", "WAL, IMMEDIATE, -shm", "DELETE, EXCLUSIVE, ''", "WAL, EXCLUSIVE, ''"})
    void runWhenThisProcessHasDroppedItsLocksFails(String journalMode, During.Lock lock, String locked)
            throws Exception {
        var database = database("orders", journalMode);
        var began = copies().resolve("began");
        var commands = commands("orders", "touch $COPIES/began; sleep 600", lock);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> run(commands, database, PATIENCE, whileHeld(() -> {
                    if (Files.exists(began)) {
                        new FileInputStream(database.path() + locked).close();
                    }
                })))
                .satisfies(e -> assertThat(e.code()).isEqualTo(BACKUP_INTERRUPTED))
                .withMessageContaining("has lost the lock");
    }

    @Test
    void runWhenCancelledEndsTheCommand() throws Exception {
        var database = database("orders", "DELETE");
        var began = copies().resolve("began");
        var commands = commands("orders", "setsid sleep 600 & echo now; touch $COPIES/began; wait", EXCLUSIVE);
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> run(commands, database, PATIENCE, whileHeld(() -> {
                    if (Files.exists(began)) {
                        throw new CancellationException("told to");
                    }
                })));
        assertThat(runningCommands()).isEmpty();
        assertThat(commands.ran())
                .singleElement()
                .satisfies(ran -> assertThat(ran.output()).isEqualTo("now\n"));
        requireWritable(database.path());
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runAloneKeepsAllOthersWaiting(String journalMode) throws Exception {
        var database = crashed("orders", journalMode);
        var began = copies().resolve("began");
        var tell = "touch $COPIES/began; while [ ! -e $COPIES/go ]; do sleep 0.05; done; [ ! -e $COPIES/read ]";
        var commands = commands("orders", COPY + tell, EXCLUSIVE);
        long walBytes = bytes(Beside.wal(database.path()));
        var late = new ArrayList<OtherProcess>();
        try {
            var snapshot = run(commands, database, PATIENCE, whileHeld(() -> {
                if (Files.exists(began) && late.isEmpty()) {
                    late.add(OtherProcess.start(Newcomer.class, database.path(), copies().resolve("read")));
                    assertThat(late.getFirst().nextLine()).isEqualTo("waiting");
                    Files.createFile(copies().resolve("go"));
                }
            }));
            late.getFirst().awaitLine("has read");
            assertThat(read(copies().resolve("orders.db"))).isEqualTo(read(snapshot));
            assertThat(bytes(Beside.wal(database.path()))).as("no checkpoint").isEqualTo(walBytes);
            if (journalMode.equals("WAL")) {
                assertThatExceptionOfType(ProblemException.class)
                        .isThrownBy(() -> run(commands, database, Duration.ofMillis(300), PageProgress.NONE))
                        .satisfies(e -> {
                            assertThat(e.code()).isEqualTo(SOURCE_LOCKED);
                            assertThat(e.problem().properties().get("holders").toString())
                                    .contains("pid=" + late.getFirst().pid());
                        });
            }
        } finally {
            late.forEach(OtherProcess::close);
        }
    }

    /** Comes while nobody else may, waits till it may read, and stays. */
    static final class Newcomer {

        static void main(String[] arguments) throws Exception {
            try (var connection = SampleDatabases.open(Path.of(arguments[0]))) {
                SampleDatabases.execute(connection, "PRAGMA busy_timeout = 0");
                try {
                    SampleDatabases.execute(connection, "SELECT n FROM n");
                } catch (SQLException e) {
                    System.out.println("waiting");
                }
                SampleDatabases.execute(connection, "PRAGMA busy_timeout = 60000");
                SampleDatabases.execute(connection, "SELECT n FROM n");
                System.out.println("has read");
                Thread.sleep(Duration.ofMinutes(5));
            }
        }

        private Newcomer() {}
    }

    @Test
    void runOfAGroupRunsTheCommandOnceUnderAllLocks() throws Exception {
        var first = database("first", "WAL");
        var second = database("second", "DELETE");
        var members = new ArrayList<GroupPlan.Member>();
        for (var database : List.of(first, second)) {
            members.add(new GroupPlan.Member(database.id(), TimeOrderedId.next(Clock.systemUTC())));
        }
        var plan = new GroupPlan(UUID.randomUUID(), members, Map.of(), 0);
        var commands = commands("kind=test", COPY, IMMEDIATE);
        try (var _ = TwoDatabasesWriter.start(first.path(), second.path())) {
            var taken = backups.groupBackup.run(
                    commands, plan, Duration.ofSeconds(30), backups.staging(), PageProgress.NONE);
            assertThat(taken.oneMoment()).isTrue();
        }
        assertThat(commands.ran()).hasSize(1);
        var ofFirst = read(backups.catalog.snapshots.get(plan.snapshotIds().getFirst()));
        var ofSecond = read(backups.catalog.snapshots.get(plan.snapshotIds().getLast()));
        assertThat(ofFirst - ofSecond).isBetween(0L, 1L);
        assertThat(read(copies().resolve("first.db"))).isEqualTo(ofFirst);
        assertThat(read(copies().resolve("second.db"))).isEqualTo(ofSecond);
    }

    @Test
    void runByAMethodThatCannotHoldItIsRefused() throws Exception {
        var database = database("orders", "WAL");
        for (var method : List.of(Method.ONLINE, Method.VACUUM)) {
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(
                            () -> run(commands("orders", COPY, READ), database, method, PATIENCE, PageProgress.NONE))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(METHOD_NOT_POSSIBLE))
                    .withMessageContaining("afterimage.hooks.orders.during");
        }
        assertThat(copies()).isEmptyDirectory();
    }

    private JobCommands commands(String key, String script, During.Lock lock) throws IOException {
        var environment = Map.of(
                "COPIES", copies().toString(),
                "OLD", dir.resolve("old.db").toString());
        var command = List.of("/bin/sh", "-c", script);
        var during = new During(lock, command, timeout(script), environment, null);
        var hooks = new HookSettings(Map.of(key, new HookSettings.OfDatabase(null, null, during)));
        return backups.commands(hooks).ofJob(UUID.randomUUID());
    }

    /** Short where it is awaited. */
    private static Duration timeout(String script) {
        return script.contains("setsid") ? Duration.ofMillis(700) : Duration.ofMinutes(2);
    }

    private Path copies() throws IOException {
        return Files.createDirectories(dir.resolve("copies"));
    }

    private Database database(String name, String journalMode) throws Exception {
        var file = dir.resolve(name + ".db");
        TwoDatabasesWriter.create(file, journalMode);
        return backups.catalog.databases.add(name, file, Map.of("kind", "test"));
    }

    private Snapshot run(JobCommands commands, Database database) {
        return run(commands, database, PATIENCE, PageProgress.NONE);
    }

    private Snapshot run(JobCommands commands, Database database, Duration patience, PageProgress progress) {
        return run(commands, database, Method.AUTO, patience, progress);
    }

    private Snapshot run(
            JobCommands commands, Database database, Method method, Duration patience, PageProgress progress) {
        var plan = new BackupPlan(TimeOrderedId.next(Clock.systemUTC()), method, Map.of(), 0);
        return backups.backup.run(commands, database.id(), plan, patience, backups.staging(), progress);
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

    /** What has the mark of the node. */
    private List<Long> runningCommands() {
        var mark = "AFTERIMAGE_HOOK=" + backups.catalog.node.id();
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process).contains(mark))
                .map(ProcessHandle::pid)
                .toList();
    }

    private static String environment(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** As a crash leaves it: in WAL mode with what is not in the file, and nobody is connected. */
    private Database crashed(String name, String journalMode) throws Exception {
        var live = dir.resolve("live.db");
        var file = dir.resolve(name + ".db");
        TwoDatabasesWriter.create(live, journalMode);
        try (var application = SampleDatabases.open(live)) {
            write(application, 7);
            Files.copy(live, file);
            if (Files.exists(Beside.wal(live))) {
                Files.copy(Beside.wal(live), Beside.wal(file));
            }
        }
        return backups.catalog.databases.add(name, file, Map.of());
    }

    private static long bytes(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static void requireWritable(Path database) throws SQLException {
        try (var application = SampleDatabases.open(database)) {
            write(application, 2);
        }
    }

    private static void write(Connection application, long n) throws SQLException {
        SampleDatabases.execute(application, "UPDATE n SET n = " + n);
    }

    private static long read(Path file) throws SQLException {
        return Long.parseLong(SampleDatabases.ask(file, "SELECT n FROM n"));
    }

    private long read(Snapshot snapshot) throws Exception {
        return read(Files.write(dir.resolve(snapshot.id() + ".db"), backups.content(snapshot)));
    }
}
