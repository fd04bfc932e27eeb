package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.ApplicationSchemas;
import dev.afterimage.sqlite.EncryptedFile;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CapturingProcess;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.capture.VacuumCopy;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each bad source has an exception of its own, is not touched, and leaves no staging file. */
public class BadSourceTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path staging;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        staging = directory.resolve("staging.db");
    }

    /** SQLite itself takes a file of one byte for an empty database, so nothing shorter than two bytes is here. */
    static Stream<Arguments> textsAndCopies() {
        return Stream.of("0123456789", "SQLite format 3", "A text file.\n".repeat(10), "A text file.\n".repeat(1000))
                .flatMap(text -> Stream.of(CopyBy.values()).map(copy -> Arguments.of(text, copy)));
    }

    @ParameterizedTest
    @MethodSource("textsAndCopies")
    void runWhenItIsATextThrowsNotADatabase(String text, CopyBy copy) throws Exception {
        Files.writeString(source, text);

        assertThatExceptionOfType(SourceException.NotADatabase.class)
                .isThrownBy(() -> copy.run(source, staging, OPTIONS, PageProgress.NONE))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.NOT_A_DATABASE))
                .withMessageContaining(source.toString());

        assertThat(source).hasContent(text);
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenItIsEncryptedSaysSoAndWhatToDo(CopyBy copy) throws Exception {
        EncryptedFile.of(SampleDatabases.accounts(source, "DELETE"));
        var bytes = Files.readAllBytes(source);

        assertThatExceptionOfType(SourceException.NotADatabase.class)
                .isThrownBy(() -> copy.run(source, staging, OPTIONS, PageProgress.NONE))
                .satisfies(e -> assertThat(e.problem().hint())
                        .contains("sqlcipher_export")
                        .contains("import it"))
                .withMessageContaining("encrypted");

        assertThat(source).hasBinaryContent(bytes);
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    /** As random as an encrypted one, but no whole pages; and as regular as one, but not random. */
    @ParameterizedTest
    @ValueSource(strings = {"random", "regular"})
    void readWhenItOnlyResemblesAnEncryptedFileDoesNotSayThatItIsOne(String kind) throws Exception {
        EncryptedFile.of(SampleDatabases.accounts(source, "DELETE"));
        var bytes = Files.readAllBytes(source);
        var text = "A line of text that somebody wrote, with no end to it. "
                .repeat(2000)
                .getBytes(StandardCharsets.US_ASCII);
        Files.write(
                source, kind.equals("random") ? Arrays.copyOf(bytes, bytes.length - 7) : Arrays.copyOf(text, 64 << 10));

        assertThatExceptionOfType(SourceException.NotADatabase.class)
                .isThrownBy(() -> DatabaseFacts.read(source))
                .satisfies(e -> assertThat(e.problem().hint()).isEqualTo(ProblemCode.NOT_A_DATABASE.hint()))
                .withMessageNotContaining("encrypted");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenItIsADirectoryThrowsNotADatabase(CopyBy copy) {
        assertThatExceptionOfType(SourceException.NotADatabase.class)
                .isThrownBy(() -> copy.run(directory, staging, OPTIONS, PageProgress.NONE))
                .withMessageContaining("directory");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenThereIsNoFileThrowsUnreadableAndCreatesNone(CopyBy copy) {
        assertThatProblem(ProblemCode.SOURCE_UNREADABLE, "cannot be read")
                .isThrownBy(() -> copy.run(source, staging, OPTIONS, PageProgress.NONE))
                .satisfies(e -> assertThat(e.problem().hint()).contains("Put the file back"));

        assertThat(filesIn(directory)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void runWhenItIsTruncatedThrowsCorrupt(CopyBy copy) throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        try (var channel = FileChannel.open(source, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }

        assertThatExceptionOfType(SourceException.Corrupt.class)
                .isThrownBy(() -> copy.run(source, staging, OPTIONS, PageProgress.NONE))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.SOURCE_CORRUPT));

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenTheHeaderIsDamagedThrowsNotADatabase(CopyBy copy) throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        var bytes = Files.readAllBytes(source);
        bytes[17] = 3;
        Files.write(source, bytes);

        assertThatExceptionOfType(SourceException.NotADatabase.class)
                .isThrownBy(() -> copy.run(source, staging, OPTIONS, PageProgress.NONE));

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void vacuumWhenPagesAreDamagedThrowsCorrupt() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        var bytes = Files.readAllBytes(source);
        Arrays.fill(bytes, 4096 * 3, 4096 * 20, (byte) 0x55);
        Files.write(source, bytes);

        assertThatExceptionOfType(SourceException.Corrupt.class)
                .isThrownBy(() -> VacuumCopy.run(source, staging, OPTIONS, PageProgress.NONE));

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void vacuumWhenTheSchemaNeedsAFunctionOfTheApplicationSaysToUseOnline() {
        ApplicationSchemas.indexOnFunction(source);

        assertThatProblem(ProblemCode.SOURCE_UNREADABLE, "cannot be read")
                .isThrownBy(() -> VacuumCopy.run(source, staging, OPTIONS, PageProgress.NONE))
                .satisfies(e -> assertThat(e.problem().hint()).contains("ONLINE"));

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenAWalDatabaseIsInAReadOnlyDirectoryThrowsUnreadableWithTheWayOut(CopyBy copy) throws Exception {
        var readOnly = Files.createDirectory(directory.resolve("read-only"));
        source = SampleDatabases.accounts(readOnly.resolve("source.db"), "WAL");
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));
        try (var capturing =
                OtherProcess.startUnder(boundByPermissions(), CapturingProcess.class, source, staging, copy)) {
            assertThat(capturing.nextLine()).isEqualTo("SOURCE_UNREADABLE");
            assertThat(capturing.nextLine()).contains("-shm").contains("journal_mode=DELETE");
        } finally {
            Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("rwxr-xr-x"));
        }

        assertThat(filesIn(directory)).containsExactly("read-only");
        assertThat(filesIn(readOnly)).containsExactly("source.db");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenAHotJournalMayNotBeRolledBackThrowsUnreadableWithTheWayOut(CopyBy copy) throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "die", source)) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        var half = Files.readAllBytes(source);
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("r--r--r--"));
        try (var capturing =
                OtherProcess.startUnder(boundByPermissions(), CapturingProcess.class, source, staging, copy)) {
            assertThat(capturing.nextLine()).isEqualTo("SOURCE_UNREADABLE");
            assertThat(capturing.nextLine()).contains("the journal of a crashed writer");
        }

        assertThat(Files.readAllBytes(source)).isEqualTo(half);
        assertThat(filesIn(directory)).containsExactly("source.db", "source.db-journal");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenTheFileMayNotBeReadThrowsUnreadable(CopyBy copy) throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("---------"));
        try (var capturing =
                OtherProcess.startUnder(boundByPermissions(), CapturingProcess.class, source, staging, copy)) {
            assertThat(capturing.nextLine()).isEqualTo("SOURCE_UNREADABLE");
            assertThat(capturing.nextLine()).isEqualTo(ProblemCode.SOURCE_UNREADABLE.hint());
        }

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @ParameterizedTest
    @EnumSource(names = {"SCAN", "LOCKED_COPY"})
    void runWhenTheFileIsEmptySaysThatTheMethodIsNotPossible(CopyBy copy) throws Exception {
        Files.createFile(source);

        assertThatExceptionOfType(SourceException.NotScannable.class)
                .isThrownBy(() -> copy.run(source, staging, OPTIONS, PageProgress.NONE))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.METHOD_NOT_POSSIBLE))
                .satisfies(e -> assertThat(e.problem().hint()).contains("ONLINE"))
                .withMessageContaining("empty");

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void lockedCopyWhenTheFileMayOnlyBeReadSaysThatTheMethodIsNotPossible() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("r--r--r--"));
        try (var capturing = OtherProcess.startUnder(
                boundByPermissions(), CapturingProcess.class, source, staging, CopyBy.LOCKED_COPY)) {
            assertThat(capturing.nextLine()).isEqualTo("METHOD_NOT_POSSIBLE");
            assertThat(capturing.nextLine()).contains("ONLINE");
            assertThat(capturing.nextLine()).contains("it may only be read");
        }

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    /** The application is there, or has died: then what SQLite finds beside the database may be of no use to it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void scanWhenTheFilesOfAWalDatabaseMayOnlyBeReadCapturesWhatIsCommitted(boolean applicationIsAlive)
            throws Exception {
        var readOnly = Files.createDirectory(directory.resolve("read-only"));
        source = SampleDatabases.accounts(readOnly.resolve("source.db"), "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            if (!applicationIsAlive) {
                application.kill();
            }
            for (var file : filesIn(readOnly)) {
                Files.setPosixFilePermissions(readOnly.resolve(file), PosixFilePermissions.fromString("r--r--r--"));
            }
            Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));
            try (var capturing = OtherProcess.startUnder(
                    boundByPermissions(), CapturingProcess.class, source, staging, CopyBy.SCAN)) {
                assertThat(capturing.nextLine()).isEqualTo("SUCCEEDED");
            }
        } finally {
            Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("rwxr-xr-x"));
        }

        assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    /** Root may read and write everything; without two of its capabilities it is as others are. */
    public static List<String> boundByPermissions() {
        if (!System.getProperty("user.name").equals("root")) {
            return List.of();
        }
        var prefix = List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search");
        assumeThat(OtherProcess.canRunUnder(prefix)).isTrue();
        return prefix;
    }
}
