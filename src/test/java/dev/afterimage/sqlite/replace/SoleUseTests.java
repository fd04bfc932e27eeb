package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoleUseTests {

    private static final Burst AT_ONCE = new Burst(Duration.ZERO);

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void ofKeepsConnectionsOfOtherProcessesOutUntilItIsClosed(String journalMode) throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), journalMode);
        var source = SampleDatabases.accounts(directory.resolve("b.db"), "DELETE");
        try (var soleUse = SoleUse.of(database)) {
            soleUse.requireNobodyWaits(database);
            try (var other = OtherProcess.start(ReplacingProcess.class, database, source)) {
                assertThat(other.nextLine()).isEqualTo("TARGET_IN_USE");
                assertThat(other.nextLine())
                        .contains("process " + ProcessHandle.current().pid() + " (EXCLUSIVE)");
            }
        }
        try (var other = OtherProcess.start(ReplacingProcess.class, database, source)) {
            assertThat(other.nextLine()).isEqualTo("REPLACED");
        }
    }

    @Test
    void ofChangesNothing() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        var before = Files.readAllBytes(database);

        SoleUse.of(database).close();

        assertThat(Files.readAllBytes(database)).isEqualTo(before);
        assertThat(SampleDatabases.filesIn(directory)).containsExactly("a.db");
    }

    @Test
    void ofWhenThisProcessHasItThrowsInUse() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        try (var soleUse = SoleUse.of(database)) {
            assertThat(soleUse).isNotNull();
            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> SoleUse.of(database))
                    .withMessageContaining("process " + ProcessHandle.current().pid());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void ofKeepsConnectionsOfThisProcessOutUntilItIsClosedAndItsLockStands(String journalMode) throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), journalMode);
        var options = new CaptureOptions(Duration.ZERO, 0);
        try (var soleUse = SoleUse.of(database);
                var application = OtherProcess.start(LiveApplication.class, "obey", database)) {
            application.awaitLine("obeying");

            assertThatExceptionOfType(SourceException.BeingReplaced.class)
                    .isThrownBy(() -> DatabaseFacts.read(database))
                    .satisfies(refused -> {
                        assertThat(refused.code()).isEqualTo(ProblemCode.SOURCE_LOCKED);
                        assertThat(refused.code().retryable()).isTrue();
                    });
            assertThatExceptionOfType(SourceException.BeingReplaced.class)
                    .isThrownBy(() -> Scan.run(
                            database, options, null, new PlainFile(directory.resolve("s.db")), PageProgress.NONE));
            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> LiveReplace.of(database, HotJournals.SETTLE));

            assertThat(application.ask("SELECT * FROM account")).isEqualTo("busy");
            assertThat(soleUse).isNotNull();
        }
        assertThat(DatabaseFacts.read(database).pageSize()).isEqualTo(4096);
    }

    @Test
    void ofWhenAConnectionOfThisProcessIsThereThrowsInUseAndThatOnesLockStands() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", database);
                var connection = LiveConnection.readWrite(SourceFile.find(database), AT_ONCE)) {
            application.awaitLine("obeying");
            Connections.execute(connection.sql(), "BEGIN IMMEDIATE");

            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by").isThrownBy(() -> SoleUse.of(database));
            assertThat(LiveFile.enterAlone(SourceFile.find(database))).isEmpty();

            assertThat(application.ask("UPDATE account SET balance = 0")).isEqualTo("busy");
        }
    }

    /** It then has another name, under which a connection would open the same file. */
    @Test
    void ofKeepsTheFileAloneWhenItWasMoved() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        var moved = directory.resolve("b.db");
        try (var soleUse = SoleUse.of(database)) {
            Files.move(database, moved);
            soleUse.requireNobodyWaits(moved);

            assertThatExceptionOfType(SourceException.BeingReplaced.class).isThrownBy(() -> DatabaseFacts.read(moved));
        }
        assertThat(DatabaseFacts.read(moved).pageSize()).isEqualTo(4096);
    }

    /** A descriptor of it is not to be closed, which would drop the lock of the connection. */
    @Test
    void ofWhenAnotherFileWasPutInItsPlaceThrowsReplacedAndALockOnThatOneStands() throws Exception {
        var file =
                SourceFile.find(SampleDatabases.accounts(directory.toRealPath().resolve("a.db"), "DELETE"));
        var other = SampleDatabases.accounts(directory.resolve("b.db"), "DELETE");
        assertThat(new ProcessBuilder("mv", "" + other, "" + file.path())
                        .start()
                        .waitFor())
                .isZero();
        try (var application = OtherProcess.start(LiveApplication.class, "obey", file.path());
                var connection = LiveConnection.readWrite(SourceFile.find(file.path()), AT_ONCE)) {
            application.awaitLine("obeying");
            Connections.execute(connection.sql(), "BEGIN IMMEDIATE");

            assertThatProblem(ProblemCode.TARGET_IN_USE, "was replaced or deleted")
                    .isThrownBy(() -> SoleUse.of(file, file.path()));

            assertThat(application.ask("UPDATE account SET balance = 0")).isEqualTo("busy");
        }
    }
}
