package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalHeader;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What another process can do to the database while it is scanned, step by step. */
class LiveScanTests {

    private static final CaptureOptions PATIENT = new CaptureOptions(Duration.ofMinutes(1), 0);
    private static final String CHANGE = "UPDATE account SET balance = balance + 1, note = hex(randomblob(100))";

    @TempDir
    Path directory;

    private Path source;
    private Path scanned;
    private OtherProcess application;

    @BeforeEach
    void startApplication() {
        source = directory.resolve("source.db");
        scanned = directory.resolve("scanned.db");
        SampleDatabases.accounts(source, "WAL");
        application = OtherProcess.start(LiveApplication.class, "obey", source);
        application.awaitLine("obeying");
        tell("PRAGMA wal_autocheckpoint = 0", "PRAGMA synchronous = OFF");
    }

    @AfterEach
    void stopApplication() {
        application.close();
    }

    private void tell(String... statements) {
        for (var sql : statements) {
            assertThat(application.ask(sql)).as(sql).isEqualTo("done");
        }
    }

    /** Content as another connection sees it that neither writes nor checkpoints. */
    private List<String> contentNow() {
        var copy = directory.resolve("now.db");
        OnlineCopy.run(source, copy, PATIENT, PageProgress.NONE);
        return contentOf(copy);
    }

    private List<String> contentOf(Path copy) {
        try {
            var content = content(copy);
            Files.delete(copy);
            return content;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private PageSink meanwhile(Runnable trouble) {
        return (pages, progress) -> {
            trouble.run();
            new PlainFile(scanned).take(pages, progress);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"})
    void checkpointsOfFramesThatTheScanNeedsDoNotHarmIt(String mode) {
        tell(CHANGE);
        var before = contentNow();

        Scan.run(
                source,
                PATIENT,
                null,
                meanwhile(() -> tell(CHANGE, "PRAGMA wal_checkpoint(" + mode + ")", CHANGE)),
                PageProgress.NONE);

        assertThat(contentOf(scanned)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PASSIVE", "TRUNCATE"})
    void aWalThatIsBegunAnewUnderTheScanDoesNotHarmIt(String mode) {
        tell(CHANGE, "PRAGMA wal_checkpoint(PASSIVE)");
        var before = contentNow();
        try (var scan = Scan.open(source, PATIENT, PageProgress.NONE)) {
            scan.pin();
            var pinned = scan.requirePinned().published(PageProgress.NONE).orElseThrow();
            assertThat(pinned.frames())
                    .as("frames that are in the database file too")
                    .isPositive();

            tell("PRAGMA wal_checkpoint(" + mode + ")", CHANGE, CHANGE, CHANGE);

            assertThat(scan.requirePinned()
                            .published(PageProgress.NONE)
                            .orElseThrow()
                            .salts())
                    .as("begun anew")
                    .isNotEqualTo(pinned.salts());
            scan.capture(new PlainFile(scanned));
        }

        assertThat(contentOf(scanned)).isEqualTo(before);
    }

    @Test
    void aCommitThatStandsInTheWalButWasNeverPublishedIsNotSeen() throws Exception {
        tell(CHANGE);
        var before = contentNow();
        var published = Files.readAllBytes(Beside.shm(source));
        tell(CHANGE);
        // As if the writer had died between writing its commit frame and publishing it.
        write(Beside.shm(source), published, WalIndexHeader.SIZE);

        Scan.run(source, PATIENT, null, new PlainFile(scanned), PageProgress.NONE);

        assertThat(contentOf(scanned)).isEqualTo(before);
    }

    private static void write(Path file, byte[] bytes, int length) throws Exception {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes, 0, length), 0);
        }
    }

    @Test
    void aCommittedFrameThatIsDamagedIsNotTakenForTheEndOfTheWal() throws Exception {
        tell(CHANGE, CHANGE);
        damage(Beside.wal(source), WalHeader.SIZE + 3 * (24 + 4096) + 1000);

        assertThatExceptionOfType(SourceException.Corrupt.class)
                .isThrownBy(() -> Scan.run(source, PATIENT, null, new PlainFile(scanned), PageProgress.NONE))
                .withMessageContaining("WAL");
    }

    @Test
    void aFrameThatIsDamagedAfterItWasProvenIsNotUsed() throws Exception {
        tell(CHANGE, CHANGE);
        try (var scan = Scan.open(source, PATIENT, PageProgress.NONE)) {
            scan.pin();
            int lastFrame = Math.toIntExact((Files.size(Beside.wal(source)) - WalHeader.SIZE) / (24 + 4096)) - 1;
            damage(Beside.wal(source), WalHeader.SIZE + lastFrame * (24 + 4096) + 1000);

            assertThatExceptionOfType(SourceException.Corrupt.class)
                    .isThrownBy(() -> scan.capture(new PlainFile(scanned)))
                    .withMessageContaining("WAL");
        }
    }

    /** SQLite takes no locks on the WAL, so that it may be opened here. */
    private static void damage(Path file, int position) throws Exception {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap("damage".getBytes(StandardCharsets.US_ASCII)), position);
        }
    }

    @Test
    void aWriterThatLetsTheWalGrowBy100MegabytesDoesNotHarmIt() {
        tell("CREATE TABLE large (content BLOB)", CHANGE);
        var before = contentNow();

        var capture = Scan.run(
                source,
                PATIENT,
                null,
                meanwhile(() -> tell("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11)"
                        + " INSERT INTO large SELECT zeroblob(10000000) FROM n")),
                PageProgress.NONE);

        assertThat(contentOf(scanned)).isEqualTo(before);
        assertThat(capture.walBytesAfter()).isGreaterThan(100_000_000);
    }

    @Test
    void tablesThatAreDroppedAndPagesThatAreMovedMeanwhileDoNotHarmIt() {
        tell("CREATE TABLE large (content BLOB)", "INSERT INTO large VALUES (randomblob(3000000))", CHANGE);
        var before = contentNow();

        Scan.run(
                source,
                PATIENT,
                null,
                meanwhile(() -> tell("DROP TABLE large", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)", CHANGE)),
                PageProgress.NONE);

        assertThat(contentOf(scanned)).isEqualTo(before);
    }

    @Test
    void inRollbackModeTheFirstPassMaySeeAnythingAndTheSecondDecides() {
        tell(
                "CREATE TABLE large (content BLOB)",
                "INSERT INTO large VALUES (randomblob(3000000))",
                "PRAGMA journal_mode = DELETE");
        try (var scan = Scan.open(source, PATIENT, PageProgress.NONE)) {
            scan.firstPass(meanwhile(() -> tell("DROP TABLE large", "VACUUM", CHANGE)));
            assertThat(scanned.toFile().length())
                    .as("as many pages as there were, zeros where the file ends before")
                    .isGreaterThan(3_000_000);
            scan.pin();
            assertThat(application.ask(CHANGE)).as("writers wait now").isEqualTo("busy");
            scan.capture(new PlainFile(scanned));
            assertThat(scan.finish().journalMode()).isEqualTo(JournalMode.ROLLBACK);
            assertThat(scan.finish().lockHeld()).isPositive();
        }
        assertThat(contentOf(scanned)).isEqualTo(contentNow());
        tell(CHANGE);
    }

    @Test
    void journalModeThatChangesBetweenThePassesIsTheOneThatIsPinned() {
        tell("PRAGMA journal_mode = DELETE");
        try (var scan = Scan.open(source, PATIENT, PageProgress.NONE)) {
            scan.firstPass(new PlainFile(scanned));
            tell("PRAGMA journal_mode = WAL", CHANGE);
            scan.pin();
            tell(CHANGE);
            scan.capture(new PlainFile(scanned));
            assertThat(scan.finish().journalMode()).isEqualTo(JournalMode.WAL);
        }
        assertThat(content(scanned)).isNotEqualTo(contentNow());

        tell("PRAGMA journal_mode = DELETE");
        var capture = Scan.run(source, PATIENT, null, new PlainFile(scanned), PageProgress.NONE);

        assertThat(capture.journalMode()).isEqualTo(JournalMode.ROLLBACK);
        assertThat(contentOf(scanned)).isEqualTo(contentNow());
    }

    @Test
    void firstPassInWalModeOffersNothing() {
        try (var scan = Scan.open(source, PATIENT, PageProgress.NONE)) {
            scan.firstPass((pages, progress) -> {
                throw new AssertionError("pages were offered");
            });
        }
    }
}
