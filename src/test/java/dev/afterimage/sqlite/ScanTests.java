package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ScanTests {

    private static final CaptureOptions UNLIMITED = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path scanned;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        scanned = directory.resolve("scanned.db");
    }

    static Stream<Arguments> pageSizesAndJournalModes() {
        return Stream.of(512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
                .flatMap(pageSize -> Stream.of("WAL", "DELETE", "TRUNCATE", "PERSIST")
                        .map(journalMode -> Arguments.of(pageSize, journalMode)));
    }

    @ParameterizedTest
    @MethodSource("pageSizesAndJournalModes")
    void runReadsTheVeryBytesOfAnIdleDatabaseAndOnlineTheSameButForTheHeader(int pageSize, String journalMode)
            throws Exception {
        create(
                source,
                "PRAGMA page_size = " + pageSize,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB)",
                "CREATE INDEX t_x ON t(x)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                        + " INSERT INTO t SELECT i, randomblob(i * 2) FROM n",
                "DELETE FROM t WHERE id % 7 = 0");
        var sourceBytes = Files.readAllBytes(source);

        var capture = Scan.run(source, UNLIMITED, null, new PlainFile(scanned), PageProgress.NONE);

        var staged = directory.resolve("staged.db");
        OnlineCopy.run(source, staged, UNLIMITED, PageProgress.NONE);
        assertThat(Files.readAllBytes(source)).isEqualTo(sourceBytes);
        assertThat(Files.readAllBytes(scanned)).isEqualTo(sourceBytes);
        var online = Files.readAllBytes(staged);
        assertThat(online).hasSameSizeAs(sourceBytes);
        assertThat(Arrays.mismatch(
                        sourceBytes,
                        DatabaseHeader.SIZE,
                        sourceBytes.length,
                        online,
                        DatabaseHeader.SIZE,
                        online.length))
                .isEqualTo(-1);
        assertThat(sourceBytes.length).as("several reads").isGreaterThan(1 << 20);
        assertThat(capture.pageSize()).isEqualTo(pageSize);
        assertThat(capture.pageCount()).isEqualTo(sourceBytes.length / pageSize);
        assertThat(capture.journalMode()).isEqualTo(journalMode.equals("WAL") ? JournalMode.WAL : JournalMode.ROLLBACK);
        assertThat(capture.notes()).isEmpty();
    }

    @Test
    void runTakesWhatIsInTheWalFromThere() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");

            var capture = Scan.run(source, UNLIMITED, null, new PlainFile(scanned), PageProgress.NONE);

            assertThat(capture.walBytesBefore()).isPositive();
            assertThat(capture.lockHeld()).isZero();
            assertThat(capture.stateMark()).isNotNull();
            assertThat(content(scanned)).isEqualTo(content(source));
            assertThat(SampleDatabases.ask(scanned, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                    .isEqualTo("50");
        }
    }
}
