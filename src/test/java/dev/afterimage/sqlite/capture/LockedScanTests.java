package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link LockedCopy} where nothing can be cloned, into a plain file. */
class LockedScanTests {

    private static final CaptureOptions UNLIMITED = new CaptureOptions(Duration.ZERO, 0);
    private static final String WRITE = "UPDATE account SET balance = balance WHERE id = 1";

    @TempDir
    Path directory;

    private Path source;
    private Path staging;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        staging = directory.resolve("staging.db");
    }

    static Stream<Arguments> pageSizesAndJournalModes() {
        return Stream.of(512, 4096, 65536)
                .flatMap(pageSize -> Stream.of("WAL", "DELETE").map(mode -> Arguments.of(pageSize, mode)));
    }

    @ParameterizedTest
    @MethodSource("pageSizesAndJournalModes")
    void runCopiesWhatOnlineDoesByteForByteButForTheHeader(int pageSize, String journalMode) throws Exception {
        SampleDatabases.create(
                source,
                "PRAGMA page_size = " + pageSize,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER)",
                "INSERT INTO account VALUES (1, 1)");
        SampleDatabases.addRandomBytes(source, 9 << 20);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source)) {
            application.awaitLine("obeying");
            application.ask("PRAGMA wal_autocheckpoint = 0");
            assertThat(application.ask("UPDATE filler SET content = randomblob(900) WHERE id % 50 = 0"))
                    .isEqualTo("done");
            assertThat(application.ask("INSERT INTO filler SELECT id + 100000, content FROM filler WHERE id < 3000"))
                    .isEqualTo("done");
            var databaseBefore = Files.readAllBytes(source);
            var walBefore = Files.exists(Beside.wal(source)) ? Files.readAllBytes(Beside.wal(source)) : new byte[0];

            var capture = CopyBy.LOCKED_COPY.run(source, staging, UNLIMITED, PageProgress.NONE);

            assertThat(Files.readAllBytes(source)).isEqualTo(databaseBefore);
            assertThat(capture.walBytesAfter()).isEqualTo(walBefore.length);
            var online = directory.resolve("online.db");
            OnlineCopy.run(source, online, UNLIMITED, PageProgress.NONE);
            var locked = Files.readAllBytes(staging);
            var copied = Files.readAllBytes(online);
            assertThat(locked).hasSameSizeAs(copied);
            assertThat(Arrays.mismatch(
                            locked, DatabaseHeader.SIZE, locked.length, copied, DatabaseHeader.SIZE, copied.length))
                    .isEqualTo(-1);
            assertThat(capture.lockHeld()).isPositive();
        }
    }

    @Test
    void runWhenTheDatabaseHasShrunkInTheWalCopiesOnlyWhatIsLeft() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        SampleDatabases.addRandomBytes(source, 6 << 20);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source)) {
            application.awaitLine("obeying");
            application.ask("PRAGMA wal_autocheckpoint = 0");
            assertThat(application.ask("DROP TABLE filler")).isEqualTo("done");
            assertThat(application.ask("VACUUM")).isEqualTo("done");

            CopyBy.LOCKED_COPY.run(source, staging, UNLIMITED, PageProgress.NONE);

            assertThat(Files.size(source)).isGreaterThan(6 << 20);
            assertThat(Files.size(staging)).isLessThan(1 << 20);
            assertThat(SampleDatabases.content(staging)).isEqualTo(SampleDatabases.content(source));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void writersWaitWhileTheStateIsReadAndReadersDoNot(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source)) {
            application.awaitLine("obeying");
            var answers = new ArrayList<String>();

            CopyBy.LOCKED_COPY.run(source, staging, UNLIMITED, atTheBeginningOfEachPhase(phase -> {
                answers.add(phase + " " + application.ask(WRITE));
                answers.add(application.ask("SELECT count(*) FROM account"));
            }));

            assertThat(answers).containsExactly("SCANNING done", "done", "CAPTURING busy", "done");
            assertThat(application.ask(WRITE)).isEqualTo("done");
        }
    }

    private static PageProgress atTheBeginningOfEachPhase(Consumer<String> asked) {
        return new PageProgress() {
            @Override
            public void pages(long done, long total) {
                // Only the beginnings count.
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                asked.accept(name);
                return this;
            }
        };
    }

    @Test
    void runWhenNothingHasChangedByTheMarkOfTheOneBeforeOffersNoPages() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        SampleDatabases.addRandomBytes(source, 1 << 20);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source)) {
            application.awaitLine("obeying");
            // Without any frame the file would have to be two seconds old.
            assertThat(application.ask("UPDATE filler SET content = randomblob(900)"))
                    .isEqualTo("done");
            var mark = CopyBy.LOCKED_COPY
                    .run(source, staging, UNLIMITED, PageProgress.NONE)
                    .stateMark();

            var again = LockedCopy.run(
                    source,
                    directory.resolve("clone.db"),
                    UNLIMITED,
                    mark,
                    new PlainFile(directory.resolve("again.db")),
                    PageProgress.NONE);

            assertThat(mark).isNotNull().isEqualTo(again.stateMark());
            assertThat(again.lockHeld()).isZero();
            assertThat(directory.resolve("again.db")).doesNotExist();
        }
    }

    @Test
    void runWhenTheApplicationHasDiedNeitherChecksPointsNorDeletesTheWalThatItLeft() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            application.kill();
        }
        var databaseBefore = Files.readAllBytes(source);
        var walBefore = Files.readAllBytes(Beside.wal(source));

        CopyBy.LOCKED_COPY.run(source, staging, UNLIMITED, PageProgress.NONE);

        assertThat(Files.readAllBytes(source)).isEqualTo(databaseBefore);
        assertThat(Files.readAllBytes(Beside.wal(source))).isEqualTo(walBefore);
        assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    @Test
    void runWhenAWriterStaysThrowsLocked() {
        SampleDatabases.accounts(source, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", source, "IMMEDIATE")) {
            application.awaitLine("holding");

            assertThatExceptionOfType(SourceException.Locked.class)
                    .isThrownBy(() -> CopyBy.LOCKED_COPY.run(source, staging, UNLIMITED, PageProgress.NONE))
                    .withMessageContaining("WAL_WRITE");

            assertThat(staging).doesNotExist();
        }
    }

    @Test
    void runWhenCancelledStopsAtOnceAndLeavesNothing() {
        SampleDatabases.addRandomBytes(source, 9 << 20);
        var reports = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> CopyBy.LOCKED_COPY.run(source, staging, UNLIMITED, (done, total) -> {
                    reports.add(done);
                    if (done > 0) {
                        throw new CancellationException();
                    }
                }));

        assertThat(reports).hasSize(2);
        assertThat(filesIn(directory)).isEqualTo(List.of("source.db"));
    }
}
