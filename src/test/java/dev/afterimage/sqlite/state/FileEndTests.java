package dev.afterimage.sqlite.state;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.execute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that were cut, or have a tail: what is missing and needed is never taken for zeros in silence. */
class FileEndTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);
    private static final int PAGE_SIZE = 4096;

    @TempDir
    Path directory;

    private Path source;
    private Path copy;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        copy = directory.resolve("copy.db");
    }

    static Stream<Arguments> methodsAndModes() {
        return Stream.of(CopyBy.values())
                .flatMap(method -> Stream.of(Arguments.of(method, "DELETE"), Arguments.of(method, "WAL")));
    }

    private Capture capture(CopyBy method) {
        return method.run(source, copy, OPTIONS, PageProgress.NONE);
    }

    @ParameterizedTest
    @MethodSource("methodsAndModes")
    void runWhenPagesAreMissingThrowsCorruptAndTellsBothSizes(CopyBy method, String journalMode) throws Exception {
        SampleDatabases.accounts(source, journalMode);
        long whole = Files.size(source);
        setSize(whole / 2);

        assertThatExceptionOfType(SourceException.Corrupt.class)
                .isThrownBy(() -> capture(method))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.SOURCE_CORRUPT))
                .withMessageContaining("cut")
                .withMessageContaining(whole / 2 + " bytes")
                .withMessageContaining(String.valueOf(whole));

        assertThat(copy).doesNotExist();
    }

    /** SQLite takes the number of pages from the WAL, and what the file has not got for zeros. */
    @ParameterizedTest
    @EnumSource
    void runWhenPagesAreMissingThatAreNotInTheWalThrowsCorruptAndTellsBothSizes(CopyBy method) throws Exception {
        long pages = left("UPDATE account SET note = 'in the WAL' WHERE id < 3");
        long half = pages / 2 * PAGE_SIZE;
        setSize(half + 100);

        assertThatExceptionOfType(SourceException.Corrupt.class)
                .isThrownBy(() -> capture(method))
                .withMessageContaining("cut")
                .withMessageContaining(half + 100 + " bytes")
                .withMessageContaining(String.valueOf(pages * PAGE_SIZE));

        assertThat(copy).doesNotExist();
        assertThat(Files.size(source)).isEqualTo(half + 100);
    }

    @ParameterizedTest
    @EnumSource
    void runWhenAllThatIsMissingIsInTheWalCopiesItWithoutNotes(CopyBy method) throws Exception {
        long pages = left("INSERT INTO account SELECT id + 1000, 0, note FROM account");
        assertThat(Files.size(source)).isLessThan(pages * PAGE_SIZE);

        assertThat(capture(method).notes()).isEmpty();

        assertThat(content(copy)).isEqualTo(content(source));
    }

    @ParameterizedTest
    @EnumSource
    void runWhenAllThatIsMissingIsFreeCopiesItAndNotesThat(CopyBy method) throws Exception {
        long pages = left(
                "INSERT INTO account SELECT id + 1000, 0, note FROM account",
                "DELETE FROM account WHERE id > 1000",
                "PRAGMA wal_checkpoint(TRUNCATE)",
                "UPDATE account SET note = 'in the WAL' WHERE id < 3");
        setSize((pages - 10) * PAGE_SIZE);

        assertThat(capture(method).notes())
                .singleElement()
                .asString()
                .contains("cut")
                .contains("unused");

        assertThat(content(copy)).isEqualTo(content(source));
    }

    /** The page at 1 GiB has no frame, and is in no freelist. */
    @Test
    void lookWhenOnlyTheLockBytesAreMissingFindsNothing() throws Exception {
        int pageSize = 65536;
        int pages = (1 << 30) / pageSize - 3;
        SampleDatabases.create(source, "PRAGMA page_size = 65536", "CREATE TABLE t (v)", "PRAGMA journal_mode = WAL");
        try (var file = new RandomAccessFile(source.toFile(), "rw")) {
            file.seek(28);
            file.writeInt(pages);
            file.setLength((long) pages * pageSize); // of which the disk gets no more than it had
        }
        try (var application = SampleDatabases.open(source)) {
            execute(application, "PRAGMA wal_autocheckpoint = 0");
            execute(application, "INSERT INTO t VALUES (zeroblob(1000000))");
            try (var read = PinnedRead.begin(SourceFile.find(source), OPTIONS, PageProgress.NONE)) {
                assertThat(read.pageCount() * pageSize).isGreaterThan((1L << 30) + pageSize);
                assertThat(FileEnd.look(read, OPTIONS, PageProgress.NONE)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("methodsAndModes")
    void runWhenTheLastPageIsCutNotesHowMuchIsMissing(CopyBy method, String journalMode) throws Exception {
        SampleDatabases.accounts(source, journalMode);
        long whole = Files.size(source);
        setSize(whole - 10);
        var cut = Files.readAllBytes(source);

        var capture = capture(method);

        assertThat(capture.notes())
                .singleElement()
                .asString()
                .contains("cut")
                .contains(whole - 10 + " bytes instead of " + whole);
        if (method != CopyBy.VACUUM) {
            assertThat(Arrays.copyOfRange(Files.readAllBytes(copy), PAGE_SIZE, (int) whole))
                    .isEqualTo(Arrays.copyOfRange(cut, PAGE_SIZE, (int) whole));
        }
    }

    @ParameterizedTest
    @MethodSource("methodsAndModes")
    void runWhenBytesFollowTheLastPageNotesThem(CopyBy method, String journalMode) throws Exception {
        SampleDatabases.accounts(source, journalMode);
        var expected = content(source);
        long whole = Files.size(source);
        append(whole, 3 * PAGE_SIZE + 100);

        var capture = capture(method);

        assertThat(capture.notes())
                .singleElement()
                .asString()
                .contains(3 * PAGE_SIZE + 100 + " bytes after the last page");
        assertThat(capture.pageCount()).isLessThanOrEqualTo(whole / PAGE_SIZE);
        assertThat(content(copy)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(JournalMode.class)
    void runWhenNothingHasChangedSinceTheLastPageWasCutNotesItAgain(JournalMode journalMode) throws Exception {
        SampleDatabases.accounts(source, journalMode == JournalMode.WAL ? "WAL" : "DELETE");
        setSize(Files.size(source) - 10);
        var later = new CaptureOptions(
                Duration.ZERO, 0, HotJournals.SETTLE, Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)));
        var first = Scan.run(source, later, null, new PlainFile(copy), PageProgress.NONE);

        var second = Scan.run(
                source,
                later,
                first.stateMark(),
                (pages, progress) -> {
                    throw new AssertionError("pages are offered though nothing has changed");
                },
                PageProgress.NONE);

        assertThat(second.notes()).isEqualTo(first.notes()).hasSize(1);
    }

    /** What an application that has died has left: a database of accounts, and what was committed since its checkpoint in the WAL. */
    private long left(String... statements) throws Exception {
        var live = SampleDatabases.accounts(directory.resolve("live.db"), "WAL");
        try (var application = SampleDatabases.open(live)) {
            execute(application, "PRAGMA wal_autocheckpoint = 0");
            for (var sql : statements) {
                execute(application, sql);
            }
            Files.copy(live, source);
            Files.copy(Beside.wal(live), Beside.wal(source));
            return Connections.number(application, "PRAGMA page_count");
        }
    }

    private void setSize(long bytes) throws Exception {
        try (var channel = FileChannel.open(source, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    private void append(long at, int bytes) throws Exception {
        try (var channel = FileChannel.open(source, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap("t".repeat(bytes).getBytes(StandardCharsets.US_ASCII)), at);
        }
    }
}
