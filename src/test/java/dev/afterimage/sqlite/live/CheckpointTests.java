package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With an application that is a process of its own. */
class CheckpointTests {

    @TempDir
    Path directory;

    private Path database(String journalMode) {
        return SampleDatabases.accounts(directory.resolve("live.db"), journalMode);
    }

    @ParameterizedTest
    @EnumSource(names = {"PASSIVE", "FULL", "RESTART"})
    void runWritesTheWalsPagesAndLeavesTheWalToTheApplication(Checkpoint.Mode mode) throws Exception {
        var database = database("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", database)) {
            application.awaitLine("written");
            long walBytes = Files.size(Beside.wal(database));

            var checkpoint = Checkpoint.run(database, mode, Duration.ZERO);

            assertThat(checkpoint.journalMode()).isEqualTo(JournalMode.WAL);
            assertThat(checkpoint.busy()).isFalse();
            assertThat(checkpoint.walFrames()).isPositive().isEqualTo(checkpoint.checkpointedFrames());
            assertThat(Beside.wal(database)).hasSize(walBytes);
            assertThat(Files.readString(database, StandardCharsets.ISO_8859_1)).contains("in the WAL");
        }
    }

    @Test
    void runWhenModeIsTruncateEmptiesTheWal() {
        var database = database("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", database)) {
            application.awaitLine("written");

            var checkpoint = Checkpoint.run(database, Checkpoint.Mode.TRUNCATE, Duration.ZERO);

            assertThat(checkpoint).isEqualTo(new Checkpoint(JournalMode.WAL, false, 0, 0));
            assertThat(Beside.wal(database)).isEmptyFile();
        }
    }

    @Test
    void runWhenAWriterIsInTheWayIsBusyAndThenIsNot() {
        var database = database("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", database, "IMMEDIATE")) {
            application.awaitLine("holding");

            assertThat(Checkpoint.run(database, Checkpoint.Mode.PASSIVE, Duration.ZERO)
                            .busy())
                    .isFalse();
            assertThat(Checkpoint.run(database, Checkpoint.Mode.TRUNCATE, Duration.ofMillis(50))
                            .busy())
                    .isTrue();

            application.send("commit");
            application.awaitLine("released");
            assertThat(Checkpoint.run(database, Checkpoint.Mode.TRUNCATE, Duration.ZERO)
                            .busy())
                    .isFalse();
        }
    }

    @Test
    void runWhenAReaderHereIsInTheWayIsBusyAndKeepsItsState() throws Exception {
        var database = database("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", database)) {
            application.awaitLine("written");
            try (var read =
                    PinnedRead.begin(SourceFile.find(database), Duration.ZERO, HotJournals.SETTLE, PageProgress.NONE)) {
                assertThat(Checkpoint.run(database, Checkpoint.Mode.TRUNCATE, Duration.ZERO)
                                .busy())
                        .isTrue();

                assertThat(Connections.number(
                                read.connection(), "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                        .isEqualTo(50);
            }
        }
    }

    /** As an application that closes it; nothing is left that would belong to the service's user. */
    @Test
    void runWhenNobodyHasItOpenLeavesNoFileBesideIt() {
        var database = database("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", database)) {
            application.awaitLine("written");
            application.kill();
        }
        assertThat(filesIn(directory)).contains("live.db-wal");

        var checkpoint = Checkpoint.run(database, Checkpoint.Mode.PASSIVE, Duration.ZERO);

        assertThat(checkpoint.walFrames()).isPositive().isEqualTo(checkpoint.checkpointedFrames());
        assertThat(filesIn(directory)).containsExactly("live.db");
        assertThat(SampleDatabases.ask(database, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    @Test
    void runWhenThereIsNoWalChangesNothing() throws Exception {
        var database = database("DELETE");
        var bytes = Files.readAllBytes(database);

        assertThat(Checkpoint.run(database, Checkpoint.Mode.TRUNCATE, Duration.ZERO))
                .isEqualTo(new Checkpoint(JournalMode.ROLLBACK, false, 0, 0));

        assertThat(Files.readAllBytes(database)).isEqualTo(bytes);
        assertThat(filesIn(directory)).containsExactly("live.db");
    }

    @Test
    void runWhenAHotJournalIsThereThrowsAndDoesNotRollItBack() throws Exception {
        var database = database("DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "die", database)) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        var half = Files.readAllBytes(database);

        assertThatExceptionOfType(SourceException.HotJournal.class)
                .isThrownBy(() -> Checkpoint.run(database, Checkpoint.Mode.FULL, Duration.ZERO));

        assertThat(Files.readAllBytes(database)).isEqualTo(half);
    }

    @Test
    void runWhenAnApplicationLetsNobodyInThrowsLockedAndNamesIt() {
        var database = database("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "own", database)) {
            application.awaitLine("owning");

            assertThatExceptionOfType(SourceException.Locked.class)
                    .isThrownBy(() -> Checkpoint.run(database, Checkpoint.Mode.PASSIVE, Duration.ZERO))
                    .satisfies(
                            e -> assertThat(e.holders()).extracting(Holder::pid).contains(application.pid()));
        }
    }
}
