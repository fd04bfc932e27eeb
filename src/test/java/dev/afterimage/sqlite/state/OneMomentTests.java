package dev.afterimage.sqlite.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.CommitsInOrder;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scans of several databases that another process goes on writing are brought to one moment. */
class OneMomentTests {

    private static final CaptureOptions PATIENT = new CaptureOptions(Duration.ofMinutes(1), 0);
    private static final int ROUNDS = 8;

    @TempDir
    Path directory;

    private Path first;
    private Path second;

    @BeforeEach
    void paths() {
        first = directory.resolve("first.db");
        second = directory.resolve("second.db");
    }

    @ParameterizedTest
    @CsvSource({"WAL, WAL", "WAL, DELETE", "DELETE, WAL", "DELETE, DELETE"})
    void whatIsCommittedInOrderIsNeverSeenInAnother(String modeOfFirst, String modeOfSecond) {
        create(first, modeOfFirst);
        create(second, modeOfSecond);
        try (var application = OtherProcess.start(CommitsInOrder.class, first, second)) {
            application.awaitLine("committing");
            for (int round = 0; round < ROUNDS; round++) {
                try (var scanOfFirst = Scan.open(first, PATIENT, PageProgress.NONE);
                        var scanOfSecond = Scan.open(second, PATIENT, PageProgress.NONE)) {
                    scanOfFirst.pin();
                    awaitThatItGoesOn(modeOfFirst);
                    scanOfSecond.pin();

                    assertThat(Scan.atOneMoment(List.of(scanOfFirst, scanOfSecond)))
                            .isTrue();

                    long a = captured(scanOfFirst);
                    long b = captured(scanOfSecond);
                    assertThat(a).isBetween(b, b + 1);
                    assertThat(scanOfFirst.finish().pinnedAt())
                            .isEqualTo(scanOfSecond.finish().pinnedAt());
                    assertThat(scanOfFirst.finish().notes()).isEmpty();
                }
            }
        }
    }

    /** Without which the test above could pass without doing anything. */
    @Test
    void withoutItTheyAreOfTheMomentsAtWhichTheyWerePinned() {
        create(first, "WAL");
        create(second, "WAL");
        try (var application = OtherProcess.start(CommitsInOrder.class, first, second);
                var scanOfFirst = Scan.open(first, PATIENT, PageProgress.NONE);
                var scanOfSecond = Scan.open(second, PATIENT, PageProgress.NONE)) {
            application.awaitLine("committing");
            scanOfFirst.pin();
            awaitThatItGoesOn("WAL");
            scanOfSecond.pin();

            assertThat(captured(scanOfFirst)).isLessThan(captured(scanOfSecond));
        }
    }

    private static void create(Path file, String journalMode) {
        SampleDatabases.create(
                file,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE number (number INTEGER)",
                "INSERT INTO number VALUES (0)");
    }

    /** By a connection that only reads; a writer that waits for our lock on the first does not go on. */
    private void awaitThatItGoesOn(String modeOfFirst) {
        if (modeOfFirst.equals("WAL")) {
            long now = number(second);
            while (number(second) < now + 3) {
                Thread.onSpinWait();
            }
        }
    }

    private static long number(Path file) {
        try (var read =
                PinnedRead.begin(SourceFile.find(file), Duration.ofMinutes(1), HotJournals.SETTLE, PageProgress.NONE)) {
            return Connections.number(read.connection(), "SELECT number FROM number");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private long captured(Scan scan) {
        var copy = directory.resolve("copy.db");
        scan.capture(new PlainFile(copy));
        return Long.parseLong(askImmutable(copy));
    }

    private static String askImmutable(Path file) {
        try (var connection = Connections.immutable(file)) {
            return Connections.text(connection, "SELECT number FROM number");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
