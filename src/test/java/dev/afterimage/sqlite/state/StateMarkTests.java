package dev.afterimage.sqlite.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A scan need not read what is proven to be unchanged. */
class StateMarkTests {

    private static final String CHANGE = "UPDATE account SET balance = balance + 1 WHERE id <= 3";

    /** For whom every file is old enough. */
    private static final CaptureOptions LATER = new CaptureOptions(
            Duration.ZERO, 0, HotJournals.SETTLE, Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)));

    @TempDir
    Path directory;

    private Path source;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
    }

    private String mark() {
        var mark = markOrNull(LATER);
        assertThat(mark).isNotNull();
        return mark;
    }

    private String markOrNull(CaptureOptions options) {
        return Scan.run(source, options, null, new PlainFile(directory.resolve("scanned.db")), PageProgress.NONE)
                .stateMark();
    }

    private boolean isStill(String mark) {
        try (var scan = Scan.open(source, LATER, PageProgress.NONE)) {
            return scan.isStill(mark);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE", "PERSIST"})
    void isStillWhenNothingHasChanged(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        var mark = mark();

        assertThat(isStill(mark)).isTrue();
        assertThat(isStill(mark())).isTrue();
    }

    @Test
    void isStillWhenFramesAreInTheWalAndNothingHasChanged() {
        SampleDatabases.accounts(source, "WAL");
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");
            var mark = mark();

            assertThat(isStill(mark)).isTrue();
            assertThat(application.ask("SELECT * FROM account LIMIT 1")).isEqualTo("done");
            assertThat(isStill(mark)).isTrue();
        }
    }

    @Test
    void runWhenNothingHasChangedOffersNoPagesAndTellsTheSameMark() {
        SampleDatabases.accounts(source, "WAL");
        var first = Scan.run(source, LATER, null, new PlainFile(directory.resolve("scanned.db")), PageProgress.NONE);

        var second = Scan.run(
                source,
                LATER,
                first.stateMark(),
                (pages, progress) -> {
                    throw new AssertionError("pages were offered");
                },
                PageProgress.NONE);

        assertThat(second.stateMark()).isEqualTo(first.stateMark());
        assertThat(second.pageCount()).isEqualTo(first.pageCount());
        assertThat(second.pinnedAt()).isAfter(first.pinnedAt());
    }

    @Test
    void isNotStillAfterACommitInTheWal() {
        SampleDatabases.accounts(source, "WAL");
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");
            var mark = mark();

            assertThat(application.ask(CHANGE)).isEqualTo("done");

            assertThat(isStill(mark)).isFalse();
        }
    }

    @Test
    void isNotStillAfterTheFirstCommitInAnEmptyWal() {
        SampleDatabases.accounts(source, "WAL");
        var mark = mark();
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");

            assertThat(isStill(mark)).isFalse();
        }
    }

    @Test
    void isNotStillWhenACommitWasMovedIntoTheDatabaseFileAndTheWalIsEmptyAgain() {
        SampleDatabases.accounts(source, "WAL");
        var mark = mark();
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");
            assertThat(application.ask("PRAGMA wal_checkpoint(TRUNCATE)")).isEqualTo("done");

            assertThat(isStill(mark)).isFalse();
        }
    }

    @Test
    void isNotStillWhenTheWalWasBegunAnewAndHasAsManyFramesAsBefore() {
        SampleDatabases.accounts(source, "WAL");
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");
            var mark = mark();

            assertThat(application.ask("PRAGMA wal_checkpoint(RESTART)")).isEqualTo("done");
            assertThat(application.ask(CHANGE)).isEqualTo("done");

            assertThat(walPart(mark()).get(1))
                    .as("frames")
                    .isEqualTo(walPart(mark).get(1));
            assertThat(walPart(mark()).getFirst())
                    .as("salts")
                    .isNotEqualTo(walPart(mark).getFirst());
            assertThat(isStill(mark)).isFalse();
        }
    }

    private static List<String> walPart(String mark) {
        return List.of(mark.substring(mark.indexOf("salts=")).split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "TRUNCATE", "PERSIST"})
    void isNotStillAfterACommitWithARollbackJournal(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        var mark = mark();
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");
        }

        assertThat(isStill(mark)).isFalse();
    }

    @Test
    void isNotStillWhenBytesWereWrittenWithoutSqlite() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        var mark = mark();
        var content = Files.readAllBytes(source);
        content[content.length - 1]++;

        try (var channel = FileChannel.open(source, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(content));
        }

        assertThat(Files.size(source)).isEqualTo(content.length);
        assertThat(isStill(mark)).isFalse();
    }

    @Test
    void isNotStillWhenAnotherFileOfTheSameBytesIsInItsPlace() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        var mark = mark();
        var same = Files.copy(source, directory.resolve("same.db"), StandardCopyOption.COPY_ATTRIBUTES);

        Files.move(same, source, StandardCopyOption.REPLACE_EXISTING);

        assertThat(isStill(mark)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void isNotStillAfterVacuum(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        var mark = mark();

        SampleDatabases.create(source, "VACUUM");

        assertThat(isStill(mark)).isFalse();
    }

    @Test
    void isNotStillWhenTheJournalModeWasSwitchedAndBack() {
        SampleDatabases.accounts(source, "WAL");
        var mark = mark();

        SampleDatabases.create(source, "PRAGMA journal_mode = DELETE", CHANGE, "PRAGMA journal_mode = WAL");

        assertThat(isStill(mark)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void noMarkIsGivenWhenTheFileHasChangedJustNow(String journalMode) throws Exception {
        SampleDatabases.accounts(source, journalMode);
        var changed = Files.getLastModifiedTime(source).toInstant();

        assertThat(markOrNull(at(changed.plusMillis(1_900)))).isNull();
        assertThat(markOrNull(at(changed.plusMillis(2_900)))).isNotNull();
    }

    @Test
    void aMarkIsGivenAtOnceWhenTheWalTellsAllChanges() {
        SampleDatabases.accounts(source, "WAL");
        try (var application = obeying()) {
            assertThat(application.ask(CHANGE)).isEqualTo("done");

            assertThat(markOrNull(new CaptureOptions(Duration.ZERO, 0))).isNotNull();
        }
    }

    private static CaptureOptions at(Instant moment) {
        return new CaptureOptions(Duration.ZERO, 0, HotJournals.SETTLE, Clock.fixed(moment, ZoneOffset.UTC));
    }

    /** An application that stays connected and never checkpoints by itself. */
    private OtherProcess obeying() {
        var application = OtherProcess.start(LiveApplication.class, "obey", source);
        application.awaitLine("obeying");
        assertThat(application.ask("PRAGMA wal_autocheckpoint = 0")).isEqualTo("done");
        return application;
    }
}
