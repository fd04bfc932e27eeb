package dev.afterimage.backup;

import static dev.afterimage.problem.ProblemCode.BACKUP_INTERRUPTED;
import static dev.afterimage.problem.ProblemCode.FROZEN_FILES_UNUSABLE;
import static dev.afterimage.problem.ProblemCode.HOOK_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.afterimage.LoopImage;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.hook.Command;
import dev.afterimage.hook.During;
import dev.afterimage.hook.Freeze;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Method FILESYSTEM_SNAPSHOT, by commands that copy files, and by those of real file systems. */
class FileSystemSnapshotTests {

    /** Copies each database with what lies beside it, and tells that it was there. */
    private static final String COPY = """
            echo create >> "$LOG"
            i=1
            echo "$AFTERIMAGE_PATHS" | while read -r live; do
                frozen=$(echo "$AFTERIMAGE_FROZEN_PATHS" | sed -n ${i}p)
                mkdir -p "${frozen%/*}"
                for part in '' -wal -journal; do
                    [ ! -e "$live$part" ] || cp "$live$part" "$frozen$part"
                done
                i=$((i + 1))
            done
            """;

    private static final String REMOVE = "echo release >> \"$LOG\"; rm -rf \"$FROZEN/$AFTERIMAGE_JOB\"";

    @TempDir
    Path dir;

    private @Nullable TestBackups opened;

    /** Of commands. */
    private Duration timeout = Duration.ofMinutes(1);

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runStoresTheStateThatWasFrozenWhileWritersGoOn(String journalMode) throws Exception {
        var backups = frozenBy(COPY, REMOVE, Freeze.Lock.IMMEDIATE);
        for (var lock : Freeze.Lock.values()) {
            var database = database("orders-" + lock, journalMode, Map.of("lock", lock.name()));
            try (var application = SampleDatabases.open(database.path())) {
                write(application, 1);
                var snapshot = run(database, onSaving(() -> write(application, 2)));

                assertThat(snapshot.capture().methodUsed()).isEqualTo("FILESYSTEM_SNAPSHOT");
                assertThat(read(snapshot))
                        .as("of the moment at which it was frozen")
                        .isEqualTo(1);
                assertThat(read(application)).isEqualTo(2);
                assertThat(snapshot.capture().notes().stream().anyMatch(note -> note.contains("crash-consistent")))
                        .isEqualTo(lock == Freeze.Lock.NONE);
                assertThat(snapshot.capture().lockHeldMillis() > 0)
                        .isEqualTo(lock == Freeze.Lock.IMMEDIATE
                                || lock == Freeze.Lock.READ && journalMode.equals("DELETE"));
            }
            assertThat(log()).containsExactly("create", "release");
            Files.delete(dir.resolve("log"));
        }
        requireNothingLeft(backups);
    }

    @Test
    void runWhenNothingHasChangedFreezesNothing() throws Exception {
        frozenBy(COPY, REMOVE, Freeze.Lock.IMMEDIATE);
        var database = database("orders", "WAL");
        try (var application = SampleDatabases.open(database.path())) {
            write(application, 1);
            backups().run(database);
            var second = backups().run(database);
            assertThat(read(second)).isEqualTo(1);
            assertThat(log()).containsExactly("create", "release");

            var hooks = during("orders", "echo during >> \"$LOG\"", During.Lock.IMMEDIATE);
            var third = run(backups().commands(hooks).ofJob(UUID.randomUUID()), database, PageProgress.NONE);
            assertThat(read(third)).isEqualTo(1);
            assertThat(log()).containsExactly("create", "release", "during");
        }
    }

    @Test
    void runWithoutLockTakesBackWhatWasNotCommitted() throws Exception {
        frozenBy(COPY, REMOVE, Freeze.Lock.NONE);
        var database = database("orders", "DELETE");
        try (var application = SampleDatabases.open(database.path())) {
            write(application, 1);
            for (var sql :
                    List.of("PRAGMA synchronous = OFF", "PRAGMA cache_size = 2", "BEGIN", "UPDATE n SET n = 9")) {
                SampleDatabases.execute(application, sql);
            }
            SampleDatabases.execute(application, "UPDATE ballast SET b = randomblob(3000000)");
            var snapshot = backups().run(database);
            assertThat(read(snapshot)).isEqualTo(1);
            SampleDatabases.execute(application, "COMMIT");
        }
        assertThat(SampleDatabases.filesIn(
                        backups().catalog.node.staging().getParent().resolve("staging")))
                .allSatisfy(name -> assertThat(name).startsWith("job"));
    }

    @Test
    void runWithoutLockAmidACommitToSeveralDatabasesIsTriedAgain() throws Exception {
        var create = COPY + "cat \"$OLD\" >> \"$AFTERIMAGE_FROZEN_PATHS-journal\"";
        var backups = frozenBy(create, REMOVE, Freeze.Lock.NONE);
        var database = database("orders", "DELETE");
        Files.write(dir.resolve("old.db"), endOfAJournalThatNames("/elsewhere/orders.db-mj12345678"));
        try (var application = SampleDatabases.open(database.path())) {
            for (var sql : List.of(
                    "PRAGMA synchronous = OFF",
                    "PRAGMA cache_size = 2",
                    "BEGIN",
                    "UPDATE ballast SET b = randomblob(3000000)")) {
                SampleDatabases.execute(application, sql);
            }
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> backups.run(database))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(BACKUP_INTERRUPTED))
                    .withMessageContaining("several databases");
        }
        requireNothingLeft(backups);
    }

    /** As <a href="https://www.sqlite.org/fileformat2.html#the_rollback_journal">pager.c</a> writes it. */
    private static byte[] endOfAJournalThatNames(String superJournal) {
        var name = superJournal.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(name.length + 20)
                .putInt((1 << 30) / 4096 + 1)
                .put(name)
                .putInt(name.length)
                .putInt(0)
                .putLong(0xd9d505f920a163d7L)
                .array();
    }

    private record Failure(String create, ProblemCode code, String words) {}

    private static final List<Failure> FAILURES = List.of(
            new Failure("echo the reason; exit 3", HOOK_FAILED, "ended with code 3"),
            new Failure("head -c 1G /dev/zero; exit 4", HOOK_FAILED, "ended with code 4"),
            new Failure(
                    "mkdir $D; head -c 99999 $AFTERIMAGE_PATH > $AFTERIMAGE_FROZEN_PATHS; exit 5",
                    HOOK_FAILED,
                    "ended with code 5"),
            new Failure("true", FROZEN_FILES_UNUSABLE, "there is no such file"),
            new Failure("mkdir $D $AFTERIMAGE_FROZEN_PATHS", FROZEN_FILES_UNUSABLE, "not a regular file"),
            new Failure("mkdir $D; cp $OLD $AFTERIMAGE_FROZEN_PATHS", FROZEN_FILES_UNUSABLE, "not of the state"),
            new Failure(
                    "mkdir $D; cp $AFTERIMAGE_PATH $AFTERIMAGE_FROZEN_PATHS",
                    FROZEN_FILES_UNUSABLE,
                    "not of the state"),
            new Failure("mkdir $D; echo x > $AFTERIMAGE_FROZEN_PATHS", FROZEN_FILES_UNUSABLE, "not of the state"),
            new Failure("rm $AFTERIMAGE_PATH-shm; sleep 600", BACKUP_INTERRUPTED, "all locks"),
            new Failure("mv $OLD $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, "replaced or deleted"),
            new Failure("rm $AFTERIMAGE_PATH; sleep 600", BACKUP_INTERRUPTED, "replaced or deleted"));

    @Test
    void runWhenFreezingFailsTellsWhyAndReleases() throws Exception {
        var script = dir.resolve("create.sh");
        var create = "D=${AFTERIMAGE_FROZEN_PATHS%/*}; mkdir -p $FROZEN; . " + script;
        var backups = frozenBy(create, REMOVE, Freeze.Lock.IMMEDIATE);
        for (var failure : FAILURES) {
            Files.writeString(script, failure.create);
            var database = database("orders-" + FAILURES.indexOf(failure), "WAL");
            Files.copy(database.path(), dir.resolve("old.db"), StandardCopyOption.REPLACE_EXISTING);
            try (var application = SampleDatabases.open(database.path())) {
                write(application, 1);
                assertThatExceptionOfType(ProblemException.class)
                        .as(failure.create)
                        .isThrownBy(() -> backups.run(database))
                        .satisfies(e -> assertThat(e.code()).isEqualTo(failure.code))
                        .withMessageContaining(failure.words);
                write(application, 2); // nobody holds a lock
            }
            assertThat(log()).as(failure.create).containsExactly("release");
            Files.delete(dir.resolve("log"));
            requireNothingLeft(backups);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"IMMEDIATE", "NONE"})
    void runRefusesTheLiveFilesByWhateverName(Freeze.Lock lock) throws Exception {
        var script = dir.resolve("create.sh");
        var backups = frozenBy("D=${AFTERIMAGE_FROZEN_PATHS%/*}; mkdir -p $FROZEN; . " + script, REMOVE, lock);
        var database = database("orders", "WAL");
        try (var application = SampleDatabases.open(database.path())) {
            for (var create : List.of(
                    "mkdir $D; ln -s $AFTERIMAGE_PATH $AFTERIMAGE_FROZEN_PATHS",
                    "mkdir $D; ln $AFTERIMAGE_PATH $AFTERIMAGE_FROZEN_PATHS",
                    "ln -s ${AFTERIMAGE_PATH%/*} $D",
                    "mkdir $D; cp $AFTERIMAGE_PATH $AFTERIMAGE_FROZEN_PATHS; ln $AFTERIMAGE_PATH-wal $AFTERIMAGE_FROZEN_PATHS-wal")) {
                Files.writeString(script, create);
                SampleDatabases.execute(application, "BEGIN IMMEDIATE");
                SampleDatabases.execute(application, "COMMIT");
                write(application, 1);
                assertThatExceptionOfType(ProblemException.class)
                        .as(create)
                        .isThrownBy(() -> backups.run(database))
                        .satisfies(e -> assertThat(e.code())
                                .as("a hard link is a change of the file, which may be seen first")
                                .isIn(FROZEN_FILES_UNUSABLE, BACKUP_INTERRUPTED));
                assertThat(SampleDatabases.ask(database.path(), "SELECT n FROM n"))
                        .as("release took nothing away")
                        .isEqualTo("1");
            }
        }
        requireNothingLeft(backups);
    }

    @Test
    void runWhenCreateHangsEndsItWithAllThatItHasStartedAndReleases() throws Exception {
        timeout = Duration.ofMillis(1500);
        var backups = frozenBy("(setsid sleep 600 & echo $! > $FROZEN.pid); sleep 600", REMOVE, Freeze.Lock.IMMEDIATE);
        var database = database("orders", "DELETE");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> backups.run(database))
                .satisfies(e -> assertThat(e.code()).isEqualTo(HOOK_FAILED))
                .withMessageContaining("did not end within");
        awaitDeath(dir.resolve("frozen.pid"));
        assertThat(log()).containsExactly("release");
        requireNothingLeft(backups);
    }

    @Test
    void runWhenCancelledEndsTheCommandAndReleases() throws Exception {
        var backups = frozenBy("sleep 600 & echo $! > $FROZEN.pid; wait", REMOVE, Freeze.Lock.IMMEDIATE);
        var database = database("orders", "DELETE");
        var pid = dir.resolve("frozen.pid");
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> run(database, (done, total) -> {
                    if (Files.exists(pid)) {
                        throw new CancellationException("told to");
                    }
                }));
        awaitDeath(pid);
        assertThat(log()).containsExactly("release");
        requireNothingLeft(backups);
    }

    @Test
    void aStartAfterCreateHasKilledTheServiceEndsWhatItLeftAndReleases() throws Exception {
        var file = dir.toRealPath().resolve("orders.db");
        TwoDatabasesWriter.create(file, "DELETE");
        var pid = dir.resolve("frozen.pid");
        try (var service = OtherProcess.start(DyingProcess.class, dir.toRealPath())) {
            assertThat(service.awaitExit()).as("by SIGKILL").isEqualTo(128 + 9);
        }
        try (var application = SampleDatabases.open(file)) {
            write(application, 1); // the lock died with it
        }
        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())))
                .as("outlived it")
                .isPresent();

        var backups = frozenBy(COPY, REMOVE, Freeze.Lock.IMMEDIATE);
        assertThat(backups.freezing.left()).isEqualTo(1);
        new CommandLeftovers(backups.catalog.node).start();
        awaitDeath(pid);
        var upkeep = new FrozenUpkeep(backups.freezing, new SimpleMeterRegistry());
        upkeep.start();
        await().until(() -> backups.freezing.left() == 0);
        upkeep.stop();
        assertThat(log()).containsExactly("release");
        requireNothingLeft(backups);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{job}", "place"})
    void aStartWaitsForNoReleaseButWhoFreezesToTheSamePlaceDoes(String place) throws Exception {
        var release = "echo release >> \"$LOG\"; while [ ! -e $FROZEN.may ]; do sleep 0.02; done; "
                + "rm -rf ${AFTERIMAGE_FROZEN_PATHS%/*}; echo released >> \"$LOG\"";
        var path = dir + "/frozen/" + place + "/{name}.db";
        var backups = frozenBy(COPY, release, Freeze.Lock.IMMEDIATE, path);
        var database = database("orders", "WAL");
        var job = UUID.randomUUID();
        var left = path.replace("{job}", job.toString()).replace("{name}", database.name());
        Files.createDirectories(Path.of(left).getParent());
        Files.createFile(Path.of(left));
        new FileSystemSnapshots(backups.catalog.catalog, backups.catalog.node, Clock.systemUTC())
                .add(new FileSystemSnapshots.Unreleased(
                        UUID.randomUUID(), job, "orders", Freezing.facts(job, List.of(database), List.of(left))));
        var upkeep = new FrozenUpkeep(backups.freezing, new SimpleMeterRegistry());

        new CommandLeftovers(backups.catalog.node).start();
        assertThat(log()).as("of what was run before others may start").isEmpty();
        upkeep.start();
        await().until(() -> log().contains("release"));

        var next = new FutureTask<>(
                () -> run(place.equals("{job}") ? job : UUID.randomUUID(), database, PageProgress.NONE));
        var thread = Thread.ofPlatform().start(next);
        await().until(() -> thread.getState() == Thread.State.WAITING || log().size() > 1);
        Files.createFile(dir.resolve("frozen.may"));
        assertThat(read(next.get())).isZero();
        upkeep.stop();
        assertThat(log()).containsExactly("release", "released", "create", "release", "released");
        requireNothingLeft(backups);
    }

    @Test
    void runWhenSomethingIsThereBeforeFreezesNothing() throws Exception {
        var backups = frozenBy(COPY, REMOVE, Freeze.Lock.IMMEDIATE, "{path}");
        var database = database("orders", "WAL");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> backups.run(database))
                .withMessageContaining("there is a file before `create` has run");
        assertThat(log()).isEmpty();
        requireNothingLeft(backups);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit 1", "sleep 600"})
    void runWhenReleaseFailsOrHangsSucceedsAndReleasesLater(String failing) throws Exception {
        timeout = Duration.ofMillis(1500);
        var backups = frozenBy(COPY, "[ -e $FROZEN.may ] || " + failing + "; " + REMOVE, Freeze.Lock.IMMEDIATE);
        var database = database("orders", "WAL");
        var job = UUID.randomUUID();
        var snapshot = run(job, database, PageProgress.NONE);
        assertThat(snapshot.state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(backups.freezing.leftOf(job)).singleElement().asString().contains(job.toString(), "orders.db");
        assertThat(backups.freezing.left()).isEqualTo(1);

        assertThatExceptionOfType(ProblemException.class)
                .as("another try of the job would freeze to the same path")
                .isThrownBy(() -> run(job, database, PageProgress.NONE))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.HOOK_FAILED));

        Files.createFile(dir.resolve("frozen.may"));
        backups.freezing.releaseLeft();
        assertThat(backups.freezing.leftOf(job)).isEmpty();
        assertThat(log()).containsExactly("create", "release");
        requireNothingLeft(backups);
    }

    @Test
    void runOfAnEmptyFileFallsBackToOnline() throws Exception {
        var backups = frozenBy(COPY, REMOVE, Freeze.Lock.IMMEDIATE);
        Files.createFile(dir.resolve("orders.db"));
        var snapshot = backups.run(
                backups.catalog.databases.add("orders", dir.toRealPath().resolve("orders.db"), Map.of()));
        assertThat(snapshot.capture().methodUsed()).isEqualTo("ONLINE");
        requireNothingLeft(backups);
    }

    @Test
    void runByNameWhereNothingTellsHowIsRefused() throws Exception {
        opened = new TestBackups(dir, Clock.systemUTC());
        var database = database("orders", "WAL");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> backups().run(database, Method.FILESYSTEM_SNAPSHOT))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.METHOD_NOT_POSSIBLE));
    }

    @Test
    void runOfAGroupFreezesOnce() throws Exception {
        var backups = frozenBy(COPY, REMOVE, Freeze.Lock.IMMEDIATE);
        for (var lock : Freeze.Lock.values()) {
            var labels = Map.of("lock", lock.name());
            var plan = plan(database("first-" + lock, "WAL", labels), database("second-" + lock, "DELETE", labels));
            assertThat(backups.run(plan).oneMoment()).isTrue();
            assertThat(snapshots(plan))
                    .allSatisfy(snapshot ->
                            assertThat(snapshot.capture().methodUsed()).isEqualTo("FILESYSTEM_SNAPSHOT"));
            assertThat(log()).containsExactly("create", "release");
            Files.delete(dir.resolve("log"));
        }
        requireNothingLeft(backups);
    }

    @ParameterizedTest
    @CsvSource({"WAL, NONE, READ", "DELETE, READ, IMMEDIATE", "WAL, IMMEDIATE, EXCLUSIVE"})
    void runRunsACommandUnderTheStrongerLockBeforeItFreezes(String journalMode, Freeze.Lock lock, During.Lock ofCommand)
            throws Exception {
        var backups = frozenBy(COPY, REMOVE, lock);
        var database = database("orders", journalMode);
        var command = "echo during >> \"$LOG\"";
        var commands = backups.commands(during("orders", command, ofCommand)).ofJob(UUID.randomUUID());
        var snapshot = run(commands, database, PageProgress.NONE);
        assertThat(snapshot.capture().methodUsed()).isEqualTo("FILESYSTEM_SNAPSHOT");
        assertThat(snapshot.capture().notes()).as("it was locked").isEmpty();
        assertThat(snapshot.capture().lockHeldMillis() > 0).isEqualTo(ofCommand != During.Lock.READ);
        assertThat(commands.ran()).singleElement().satisfies(ran -> {
            assertThat(ran.lock()).isEqualTo(ofCommand);
            assertThat(ran.lockHeld()).isPositive();
        });
        assertThat(log()).containsExactly("during", "create", "release");
        requireNothingLeft(backups);
    }

    @Test
    void runOfAGroupRunsACommandBeforeItFreezesUnderItsLock() throws Exception {
        var backups = frozenBy(COPY, REMOVE, Freeze.Lock.NONE);
        var first = database("first", "WAL");
        var second = database("second", "DELETE");
        var commands = backups.commands(during("second", "echo during >> \"$LOG\"", During.Lock.IMMEDIATE))
                .ofJob(UUID.randomUUID());
        var plan = plan(first, second);
        try (var _ = TwoDatabasesWriter.start(first.path(), second.path())) {
            var group = backups.groupBackup.run(
                    commands, plan, Duration.ofSeconds(30), backups.staging(), PageProgress.NONE);
            assertThat(group.oneMoment()).isTrue();
        }
        assertThat(snapshots(plan)).allSatisfy(snapshot -> {
            assertThat(snapshot.capture().methodUsed()).isEqualTo("FILESYSTEM_SNAPSHOT");
            assertThat(snapshot.capture().notes()).as("it was locked").isEmpty();
        });
        assertThat(read(snapshots(plan).get(0)) - read(snapshots(plan).get(1))).isBetween(0L, 1L);
        assertThat(commands.ran()).hasSize(1);
        assertThat(log()).containsExactly("during", "create", "release");
        requireNothingLeft(backups);
    }

    @ParameterizedTest
    @CsvSource({"btrfs, DELETE", "xfs, WAL"})
    void lockedCopyWhereTheFileSystemClonesLetsWritersGoOnBeforeItReads(String type, String journalMode)
            throws Exception {
        try (var image = type.equals("btrfs") ? LoopImage.btrfs(dir) : LoopImage.xfs(dir);
                var backups = new TestBackups(image.mount(), Clock.systemUTC())) {
            var file = image.mount().resolve("orders.db");
            TwoDatabasesWriter.create(file, journalMode);
            var database = backups.catalog.databases.add("orders", file, Map.of());
            try (var application = SampleDatabases.open(file)) {
                write(application, 1);
                var plan = new BackupPlan(TimeOrderedId.next(Clock.systemUTC()), Method.LOCKED_COPY, Map.of(), 0);
                var staging = backups.staging();
                var snapshot = backups.backup.run(
                        JobCommands.none(UUID.randomUUID()),
                        database.id(),
                        plan,
                        Duration.ZERO,
                        staging,
                        onSaving(() -> write(application, 2)));

                assertThat(snapshot.capture().notes())
                        .singleElement()
                        .asString()
                        .contains("cloned");
                assertThat(snapshot.capture().lockHeldMillis()).isPositive();
                assertThat(read(backups, snapshot)).isEqualTo(1);
                assertThat(read(application)).isEqualTo(2);
                assertThat(staging).isEmptyDirectory();
            }
        }
    }

    /** What has ended has no command line, also before its parent has asked for its end. */
    private static void awaitDeath(Path pid) throws IOException {
        var commandLine = Path.of("/proc/" + Files.readString(pid).strip() + "/cmdline");
        await().until(() -> {
            try {
                return Files.readString(commandLine).isEmpty();
            } catch (IOException e) {
                return true;
            }
        });
    }

    private TestBackups frozenBy(String create, String release, Freeze.Lock lock) {
        return frozenBy(create, release, lock, dir + "/frozen/{job}/{name}.db");
    }

    private TestBackups frozenBy(String create, String release, Freeze.Lock lock, String path) {
        var freeze = freeze(dir, create, release, timeout, path, lock);
        var freezes = new HashMap<>(Map.of("orders", freeze, "kind=test", freeze));
        for (var each : Freeze.Lock.values()) {
            freezes.put("lock=" + each, freeze(dir, create, release, timeout, path, each));
        }
        return opened = new TestBackups(dir, Clock.systemUTC(), freezes);
    }

    private static Freeze freeze(
            Path dir, String create, String release, Duration timeout, String path, Freeze.Lock lock) {
        var environment = Map.of(
                "LOG", dir.resolve("log").toString(),
                "OLD", dir.resolve("old.db").toString(),
                "FROZEN", dir.resolve("frozen").toString());
        return new Freeze(shell(create, timeout, environment), shell(release, timeout, environment), path, null, lock);
    }

    private static Command shell(String script, Duration timeout, Map<String, String> environment) {
        return new Command(List.of("/bin/sh", "-c", script), timeout, environment, null);
    }

    private HookSettings during(String key, String script, During.Lock lock) {
        var during = new During(
                lock,
                List.of("/bin/sh", "-c", script),
                Duration.ofMinutes(2),
                Map.of("LOG", dir.resolve("log").toString()),
                null);
        return new HookSettings(Map.of(key, new HookSettings.OfDatabase(null, null, during)));
    }

    /** A service whose {@code create} kills it when it has made a half, and goes on. */
    static final class DyingProcess {

        static void main(String[] arguments) throws Exception {
            var dir = Path.of(arguments[0]);
            var create = """
                    mkdir -p "${AFTERIMAGE_FROZEN_PATHS%/*}"
                    head -c 99999 "$AFTERIMAGE_PATH" > "$AFTERIMAGE_FROZEN_PATHS"
                    setsid sleep 600 &
                    echo $! > $FROZEN.pid
                    kill -9 $PPID
                    """;
            var path = dir + "/frozen/{job}/{name}.db";
            var freeze = freeze(dir, create, REMOVE, Duration.ofMinutes(1), path, Freeze.Lock.IMMEDIATE);
            try (var backups = new TestBackups(dir, Clock.systemUTC(), Map.of("orders", freeze))) {
                backups.run(backups.catalog.databases.add("orders", dir.resolve("orders.db"), Map.of()));
            }
        }

        private DyingProcess() {}
    }

    private TestBackups backups() {
        return Objects.requireNonNull(opened);
    }

    private Database database(String name, String journalMode) throws Exception {
        return database(name, journalMode, Map.of("kind", "test"));
    }

    private Database database(String name, String journalMode, Map<String, String> labels) throws Exception {
        var file = dir.toRealPath().resolve(name + ".db");
        TwoDatabasesWriter.create(file, journalMode);
        return backups().catalog.databases.add(name, file, labels);
    }

    private GroupPlan plan(Database... databases) {
        var members = new ArrayList<GroupPlan.Member>();
        for (var database : databases) {
            members.add(new GroupPlan.Member(database.id(), TimeOrderedId.next(Clock.systemUTC())));
        }
        return new GroupPlan(UUID.randomUUID(), members, Map.of(), 0);
    }

    private List<Snapshot> snapshots(GroupPlan plan) {
        return plan.snapshotIds().stream().map(backups().catalog.snapshots::get).toList();
    }

    private Snapshot run(Database database, PageProgress progress) {
        return run(UUID.randomUUID(), database, progress);
    }

    private Snapshot run(UUID job, Database database, PageProgress progress) {
        return run(JobCommands.none(job), database, progress);
    }

    private Snapshot run(JobCommands commands, Database database, PageProgress progress) {
        var plan = new BackupPlan(TimeOrderedId.next(Clock.systemUTC()), Method.AUTO, Map.of(), 0);
        return backups()
                .backup
                .run(commands, database.id(), plan, Duration.ZERO, backups().staging(), progress);
    }

    private interface Writing {
        void run() throws SQLException;
    }

    private static PageProgress onSaving(Writing writing) {
        return new PageProgress() {
            @Override
            public void pages(long done, long total) {}

            @Override
            public PageProgress phase(String name, int pageSize) {
                if (name.equals("SAVING")) {
                    try {
                        writing.run();
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return this;
            }
        };
    }

    private static void write(Connection application, long n) throws SQLException {
        SampleDatabases.execute(application, "UPDATE n SET n = " + n);
    }

    private static long read(Connection application) throws SQLException {
        try (var statement = application.createStatement();
                var row = statement.executeQuery("SELECT n FROM n")) {
            row.next();
            return row.getLong(1);
        }
    }

    private long read(Snapshot snapshot) throws Exception {
        return read(backups(), snapshot);
    }

    private long read(TestBackups backups, Snapshot snapshot) throws Exception {
        var file = Files.write(dir.resolve(snapshot.id() + ".db"), backups.content(snapshot));
        try (var restored = SampleDatabases.open(file)) {
            return read(restored);
        } finally {
            assertThat(SampleDatabases.ask(file, "PRAGMA integrity_check")).isEqualTo("ok");
        }
    }

    private List<String> log() throws IOException {
        var log = dir.resolve("log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private void requireNothingLeft(TestBackups backups) {
        assertThat(backups.freezing.left()).isZero();
        var frozen = dir.resolve("frozen");
        assertThat(Files.exists(frozen) ? SampleDatabases.filesIn(frozen) : List.of())
                .isEmpty();
    }
}
