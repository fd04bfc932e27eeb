package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.SampleDatabases.SUM_OF_BALANCES;
import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CapturingProcess;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.capture.OnlineCopy;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Captures while another process uses the database. */
class LiveDatabaseTests {

    private static final CaptureOptions PATIENT = new CaptureOptions(Duration.ofMinutes(1), 0);

    @TempDir
    Path directory;

    private Path source;
    private Path staging;

    static Stream<Arguments> copiesAndJournalModes() {
        return Stream.of("WAL", "DELETE")
                .flatMap(mode -> Stream.of(CopyBy.values()).map(copy -> Arguments.of(copy, mode)));
    }

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        staging = directory.resolve("staging.db");
    }

    @ParameterizedTest
    @MethodSource("copiesAndJournalModes")
    void runWhileAnotherProcessCommitsEveryMillisecondFinishesWithOneCommittedState(CopyBy copy, String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        SampleDatabases.addRandomBytes(source, 4 << 20);
        try (var application = OtherProcess.start(LiveApplication.class, "transfer", source)) {
            application.awaitLine("transferring");

            for (int round = 0; round < 2; round++) {
                var staged = directory.resolve("staging" + round);
                copy.run(source, staged, PATIENT, PageProgress.NONE);

                assertThat(ask(staged, "SELECT sum(balance) FROM account")).isEqualTo(String.valueOf(SUM_OF_BALANCES));
                assertThat(ask(staged, "SELECT count(DISTINCT balance) FROM account"))
                        .as("the application was at work")
                        .isNotEqualTo("1");
                assertThat(IntegrityCheck.run(staged, CheckLevel.FULL, PageProgress.NONE)
                                .messages())
                        .isEmpty();
            }

            application.send("stop");
            assertThat(Long.parseLong(application.nextLine())).isGreaterThan(20);
            assertThat(application.awaitExit()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("copiesAndJournalModes")
    void runChangesNeitherTheDatabaseFileNorItsWal(CopyBy copy, String journalMode) throws Exception {
        SampleDatabases.accounts(source, journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            var wal = directory.resolve("source.db-wal");
            // This process has no connection open here, so that reading the bytes drops no lock of its own.
            var databaseBefore = Files.readAllBytes(source);
            var walBefore = Files.exists(wal) ? Files.readAllBytes(wal) : new byte[0];

            var capture = copy.run(source, staging, PATIENT, PageProgress.NONE);

            assertThat(Files.readAllBytes(source)).isEqualTo(databaseBefore);
            assertThat(Files.exists(wal) ? Files.readAllBytes(wal) : new byte[0])
                    .isEqualTo(walBefore);
            assertThat(walBefore.length > 0).isEqualTo(journalMode.equals("WAL"));
            assertThat(capture.walBytesBefore()).isEqualTo(walBefore.length);
            assertThat(capture.walBytesAfter()).isEqualTo(walBefore.length);
            assertThat(ask(staging, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                    .isEqualTo("50");
        }
    }

    @Test
    void runWhenFilesBesideTheDatabaseBelongToAnotherUserSaysSo() throws Exception {
        // Only root can give a file away; and only without this capability does SQLite not give it back to the owner.
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        var withoutChown = List.of("setpriv", "--bounding-set", "-chown");
        assumeThat(OtherProcess.canRunUnder(withoutChown)).isTrue();
        SampleDatabases.accounts(source, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            Files.setAttribute(directory.resolve("source.db-shm"), "unix:uid", 12345);

            try (var capturing = OtherProcess.startUnder(withoutChown, CapturingProcess.class, source, staging)) {
                assertThat(capturing.nextLine()).isEqualTo("SUCCEEDED");
                assertThat(capturing.nextLine()).contains("source.db-shm belongs to 12345");
            }
        }
    }

    @Test
    void runWhenTheApplicationHasDiedDoesNotCheckpointTheWalItLeft() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            application.kill();
        }
        var databaseBefore = Files.readAllBytes(source);
        var walBefore = Files.readAllBytes(directory.resolve("source.db-wal"));

        OnlineCopy.run(source, staging, PATIENT, PageProgress.NONE);

        assertThat(Files.readAllBytes(source)).isEqualTo(databaseBefore);
        assertThat(Files.readAllBytes(directory.resolve("source.db-wal"))).isEqualTo(walBefore);
        assertThat(ask(staging, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    @Test
    void runWhenAnotherProcessKeepsItLockedThrowsLockedNamingThatProcess() {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", source, "EXCLUSIVE")) {
            application.awaitLine("holding");
            var filesBefore = filesIn(directory);

            for (var copy : CopyBy.values()) {
                assertThatExceptionOfType(SourceException.Locked.class)
                        .as("%s", copy)
                        .isThrownBy(() -> copy.run(
                                source, staging, new CaptureOptions(Duration.ofMillis(300), 0), PageProgress.NONE))
                        .satisfies(locked -> requireToName(application, locked));

                assertThat(filesIn(directory)).as("%s", copy).isEqualTo(filesBefore);
            }
        }
    }

    private static void requireToName(OtherProcess application, SourceException.Locked locked) {
        assertThat(locked.code()).isEqualTo(ProblemCode.SOURCE_LOCKED);
        assertThat(locked.holders()).anySatisfy(holder -> {
            assertThat(holder.pid()).isEqualTo(application.pid());
            assertThat(holder.locks()).containsExactly("EXCLUSIVE");
            assertThat(holder.command()).contains("java");
        });
        assertThat(locked.getMessage()).contains("process " + application.pid() + " (EXCLUSIVE)");
        assertThat(locked.problem().properties().get("holders"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .anySatisfy(
                        holder -> assertThat(((Map<?, ?>) holder).get("pid")).isEqualTo(application.pid()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenTheApplicationLetsNobodyElseInThrowsLockedNamingIt(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "own", source)) {
            application.awaitLine("owning");

            for (var copy : CopyBy.values()) {
                assertThatExceptionOfType(SourceException.Locked.class)
                        .as("%s", copy)
                        .isThrownBy(() -> copy.run(
                                source, staging, new CaptureOptions(Duration.ofMillis(100), 0), PageProgress.NONE))
                        .withMessageContaining("process " + application.pid());

                assertThat(staging).as("%s", copy).doesNotExist();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void runWhenTheLockIsReleasedInTimeSucceeds(CopyBy copy) {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", source, "EXCLUSIVE")) {
            application.awaitLine("holding");
            var told = new AtomicBoolean();

            var capture = copy.run(source, staging, PATIENT, (done, total) -> {
                if (told.compareAndSet(false, true)) {
                    application.send("release");
                }
            });

            assertThat(total(staging)).isEqualTo(SUM_OF_BALANCES);
            assertThat(capture.journalMode()).isEqualTo(JournalMode.ROLLBACK);
        }
    }

    @Test
    void runWhenCancelledWhileItWaitsForTheLockThrowsAndLeavesNothing() {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", source, "EXCLUSIVE")) {
            application.awaitLine("holding");

            for (var copy : CopyBy.values()) {
                assertThatExceptionOfType(CancellationException.class)
                        .as("%s", copy)
                        .isThrownBy(() -> copy.run(source, staging, PATIENT, (done, total) -> {
                            throw new CancellationException();
                        }));
                assertThatExceptionOfType(CancellationException.class)
                        .as("%s", copy)
                        .isThrownBy(() -> copy.run(
                                source,
                                staging,
                                PATIENT,
                                (done, total) -> Thread.currentThread().interrupt()));

                assertThat(Thread.interrupted()).as("it stays interrupted").isTrue();
                assertThat(staging).as("%s", copy).doesNotExist();
            }
        }
    }

    @Test
    void runWhileAWriterHoldsReservedDoesNotWait() {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", source, "IMMEDIATE")) {
            application.awaitLine("holding");

            OnlineCopy.run(source, staging, new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE);

            assertThat(total(staging)).isEqualTo(SUM_OF_BALANCES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void runWhenAKilledWriterLeftAHotJournalRollsItBackAndSaysSo(CopyBy copy) throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        var committed = Files.readAllBytes(source);
        leaveHotJournal();
        assertThat(Files.readAllBytes(source)).as("half a transaction").isNotEqualTo(committed);

        var capture = copy.run(source, staging, PATIENT, PageProgress.NONE);

        assertThat(capture.notes()).singleElement().asString().contains("hot journal");
        assertThat(total(staging)).isEqualTo(SUM_OF_BALANCES);
        assertThat(Files.readAllBytes(source)).isEqualTo(committed);
        assertThat(filesIn(directory)).isEqualTo(List.of("source.db", "staging.db"));
    }

    private void leaveHotJournal() throws Exception {
        try (var application = OtherProcess.start(LiveApplication.class, "die", source)) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        assertThat(Files.size(directory.resolve("source.db-journal"))).isPositive();
    }

    private static long total(Path database) {
        return Long.parseLong(ask(database, "SELECT sum(balance) FROM account"));
    }
}
