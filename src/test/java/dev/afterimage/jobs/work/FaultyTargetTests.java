package dev.afterimage.jobs.work;

import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.FileSystemFaults;
import dev.afterimage.FileSystemFaults.Call;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.FileSystemUtils;

/** The file system fails under a restore, at each of its calls in turn: what was there is there, or the user is told how to get it back. */
@Timeout(300)
class FaultyTargetTests {

    private static final String NAME = "target's.db";

    @TempDir
    private static Path dir;

    private static Path live;
    private static Path target;
    private static FileSystemFaults faults;
    private static OtherProcess restoring;
    private static String snapshot;

    @BeforeAll
    static void start() throws Exception {
        dir = dir.toRealPath();
        live = Files.createDirectory(dir.resolve("live"));
        target = live.resolve(NAME);
        faults = new FileSystemFaults(dir, live, orders(), dir.resolve("orders.db-wal"));
        restoring = OtherProcess.startUnder(faults.prefix(), RestoringProcess.class, dir);
        snapshot = restoring.nextLine();
        assertThat(faults.areLoaded()).isTrue();
        leaveWal();
    }

    @AfterAll
    static void end() {
        if (restoring != null) {
            restoring.close();
        }
    }

    /** Some calls, and all of those that change a directory. */
    static List<Set<Call>> failing() {
        return List.of(
                Set.of(Call.RENAME),
                Set.of(Call.UNLINK),
                Set.of(Call.SYNC),
                EnumSet.of(Call.RENAME, Call.LINK, Call.UNLINK, Call.SYNC, Call.CREATE, Call.MKDIR));
    }

    @ParameterizedTest
    @MethodSource("failing")
    void replaceFileWhenTheDirectoryFailsFromTheNthCallOnLeavesTheOldFilesOrTellsTheCommands(Set<Call> calls)
            throws Exception {
        var old = contents(made());
        boolean failed = true;
        for (int n = 1; failed; n++) {
            boolean displaced = true;
            for (boolean byHand = true; displaced; byHand = !byHand) {
                begin(old);
                faults.fail(calls, n, true);
                var answer = restore("REPLACE_FILE", snapshot, target);
                failed = faults.end() > 0;
                displaced = answer[0].equals("TARGET_DISPLACED") && byHand; // then once more, for a start to settle it
                var which = "%s, %d-th on: %s: %s; there is %s"
                        .formatted(calls, n, faults.first(), Arrays.toString(answer), filesIn(live));
                switch (answer[0]) {
                    case "SUCCEEDED" -> requireNew(answer, old, which);
                    case "TARGET_DISPLACED" -> requireWayBack(answer, old, byHand, which);
                    default -> {
                        assertThat(contents(live)).as(which).containsAllEntriesOf(old);
                        restoring.ask("settle");
                        assertThat(contents(live)).as(which).isEqualTo(old);
                    }
                }
                var again = restore("REPLACE_FILE", snapshot, target);
                assertThat(again[0])
                        .as(which + ", then " + Arrays.toString(again))
                        .isEqualTo("SUCCEEDED");
            }
        }
    }

    /** Until the old files are back no other restore gets in the way, nor leads the user in a circle. */
    private void requireWayBack(String[] answer, Map<String, String> old, boolean byHand, String which)
            throws Exception {
        boolean newOneIsThere = Files.exists(target); // which could be neither synced nor taken away
        if (!newOneIsThere) {
            for (var mode : List.of("REPLACE_FILE", "NEW_FILE")) {
                assertThat(restore(mode, snapshot, target))
                        .as(which)
                        .startsWith("TARGET_DISPLACED", "null", answer[2])
                        .hasSizeGreaterThan(3);
            }
        }
        if (byHand) {
            for (var command : commands(answer)) {
                run(command);
            }
            assertThat(contents(live)).as(which).isEqualTo(old);
            restoring.ask("settle");
            assertThat(contents(live)).as(which).isEqualTo(old);
        } else {
            restoring.ask("settle"); // which takes nothing away that an application may use by now
            if (newOneIsThere) {
                var folder = filesIn(live).stream()
                        .filter(name -> name.startsWith(NAME + ".replaced-"))
                        .findAny();
                requireNew(
                        new String[] {
                            "SUCCEEDED", "", live.resolve(folder.orElseThrow()).toString()
                        },
                        old,
                        which);
            } else {
                assertThat(contents(live)).as(which).isEqualTo(old);
            }
        }
    }

    private static void requireNew(String[] answer, Map<String, String> old, String which) throws Exception {
        assertThat(ask(target, "SELECT v FROM t")).as(which).isEqualTo("restored");
        assertThat(contents(Path.of(answer[2]))).as(which).containsAllEntriesOf(old);
        for (var command : commands(answer)) { // a second name of the new file, which could not be taken away
            run(command);
        }
    }

    private static List<String> commands(String... answer) {
        return Arrays.asList(answer).subList(3, answer.length);
    }

    private static void run(String command) throws Exception {
        var shell = new ProcessBuilder("sh", "-c", command).inheritIO().start();
        assertThat(shell.waitFor()).as(command).isZero();
    }

    @ParameterizedTest
    @MethodSource("failing")
    void newFileWhenTheDirectoryFailsFromTheNthCallOnTellsWhetherItIsThere(Set<Call> calls) throws Exception {
        boolean failed = true;
        for (int n = 1; failed; n++) {
            for (boolean fromThenOn : new boolean[] {true, false}) {
                begin(Map.of());
                faults.fail(calls, n, fromThenOn);
                var answer = restore("NEW_FILE", snapshot, target);
                failed = faults.end() > 0;
                var which = "%s, %d-th %s: %s: %s; there is %s"
                        .formatted(calls, n, fromThenOn ? "on" : "", faults.first(), answer[0], filesIn(live));
                restoring.ask("settle");
                switch (answer[0]) {
                    case "SUCCEEDED", "TARGET_UNPROVEN" -> {
                        assertThat(ask(target, "SELECT v FROM t")).as(which).isEqualTo("restored");
                        for (var command : commands(answer)) {
                            run(command);
                        }
                        assertThat(filesIn(live)).as(which).containsExactly(NAME);
                    }
                    case "TARGET_UNWRITABLE" ->
                        assertThat(filesIn(live)).as(which).isEmpty();
                    default -> assertThat(answer[0]).as(which).isEqualTo("TARGET_UNWRITABLE");
                }
            }
        }
    }

    /** As on FAT, and on many network mounts. */
    @Test
    void restoreWhereFilesCannotHaveASecondNameLeavesNothingBesideTheTarget() throws Exception {
        begin(Map.of());
        faults.fail(Set.of(Call.LINK), 1, true);
        assertThat(restore("NEW_FILE", snapshot, target)).containsExactly("SUCCEEDED", "null", "null");
        assertThat(faults.end()).isPositive();
        assertThat(ask(target, "SELECT v FROM t")).isEqualTo("restored");
        assertThat(filesIn(live)).containsExactly(NAME);

        var old = contents(made());
        begin(old);
        faults.fail(Set.of(Call.LINK), 1, true);
        var answer = restore("REPLACE_FILE", snapshot, target);
        assertThat(faults.end()).isPositive();
        assertThat(answer).as("no commands").hasSize(3).startsWith("SUCCEEDED");
        requireNew(answer, old, "without links");
        assertThat(filesIn(live))
                .containsExactly(NAME, Path.of(answer[2]).getFileName().toString());
    }

    @ParameterizedTest(name = "an application has it open: {0}")
    @ValueSource(booleans = {true, false})
    void replaceLiveWhenTheDiskFailsFromASyncOnKeepsTheSafetySnapshotUnlessTheOldStateIsProven(boolean open)
            throws Exception {
        try (var application = open ? opened() : null) {
            replaceLiveWhileSyncsFail();
        }
    }

    private static Connection opened() throws SQLException {
        var connection = DriverManager.getConnection("jdbc:sqlite:" + orders());
        try (var statement = connection.createStatement()) {
            statement.execute("UPDATE t SET v = 'before'");
        }
        return connection;
    }

    private void replaceLiveWhileSyncsFail() {
        var outcomes = new TreeSet<String>();
        boolean failed = true;
        for (int n = 1; failed; n++) {
            faults.fail(Set.of(Call.SYNC), n, true);
            var answer = restore("REPLACE_LIVE", snapshot, orders());
            failed = faults.end() > 0;
            var which = "from the %d-th sync on: %s: %s".formatted(n, faults.first(), Arrays.toString(answer));
            outcomes.add(answer[0]);
            var now = ask(orders(), "SELECT v FROM t");
            switch (answer[0]) {
                case "SUCCEEDED" -> assertThat(now).as(which).isEqualTo("restored");
                case "TARGET_UNPROVEN" -> assertThat(now).as(which).isIn("before", "restored");
                default -> assertThat(now).as(which).isEqualTo("before");
            }
            if (answer[0].equals("SUCCEEDED") || answer[0].equals("TARGET_UNPROVEN")) {
                assertThat(restore("REPLACE_LIVE", answer[1], orders())[0])
                        .as(which)
                        .isEqualTo("SUCCEEDED");
                assertThat(ask(orders(), "SELECT v FROM t")).as(which).isEqualTo("before");
            }
        }
        assertThat(outcomes).contains("TARGET_UNPROVEN", "SUCCEEDED");
    }

    private static Path orders() {
        return dir.resolve("orders.db");
    }

    private String[] restore(String mode, String snapshotId, Path path) {
        return restoring.ask(mode + " " + snapshotId + " " + path).split("\t");
    }

    private static Path made() {
        return dir.resolve("made");
    }

    /** A database as its application has left it when it was killed. */
    private static void leaveWal() throws Exception {
        var made = Files.createDirectory(made());
        var database = SampleDatabases.accounts(made.resolve(NAME), "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", database)) {
            application.awaitLine("written");
            application.kill();
        }
        assertThat(filesIn(made)).contains(NAME + "-wal", NAME + "-shm");
    }

    private void begin(Map<String, String> old) throws Exception {
        for (var file : filesIn(live)) {
            FileSystemUtils.deleteRecursively(live.resolve(file));
        }
        for (var name : old.keySet()) {
            Files.copy(made().resolve(name), live.resolve(name));
        }
    }

    /** A digest of each, by name. */
    private static Map<String, String> contents(Path directory) throws Exception {
        var contents = new TreeMap<String, String>();
        for (var name : filesIn(directory)) {
            var file = directory.resolve(name);
            contents.put(
                    name, Files.isDirectory(file) ? "a directory" : "" + Arrays.hashCode(Files.readAllBytes(file)));
        }
        return contents;
    }
}
