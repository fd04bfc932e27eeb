package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.content.Schema;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.replace.LiveReplace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The file was emptied; what is left of the database lies beside it, and is what SQLite would delete. */
class IncompleteSourceTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);

    @FunctionalInterface
    private interface Opening {
        void open(Path source, Path copy);
    }

    static final List<Opening> OPENINGS = Stream.concat(
                    Stream.of(CopyBy.values()).map(copying ->
                            (Opening) (source, copy) -> copying.run(source, copy, OPTIONS, PageProgress.NONE)),
                    Stream.<Opening>of(
                            (source, _) -> DatabaseFacts.read(source),
                            (source, _) -> SourceSet.beginsAsDatabase(source),
                            (source, _) -> Schema.ofLive(source, Duration.ZERO),
                            (source, _) -> Checkpoint.run(source, Checkpoint.Mode.PASSIVE, Duration.ZERO)))
            .toList();

    @TempDir
    Path directory;

    private Path source() throws Exception {
        return Files.createDirectories(directory.toRealPath().resolve("live")).resolve("source.db");
    }

    /** All 1,000 accounts are in the WAL alone: nothing of it was ever checkpointed. */
    private Path emptiedBesideItsWal() throws Exception {
        var source = source();
        leavingItsWal(source, "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0");
        Files.write(source, new byte[0]);
        return source;
    }

    private static void leavingItsWal(Path source, String... pragmas) throws Exception {
        var made = source.resolveSibling("made.db");
        try (var application = SampleDatabases.open(made)) {
            for (var pragma : pragmas) {
                SampleDatabases.execute(application, pragma);
            }
            SampleDatabases.execute(application, "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER)");
            SampleDatabases.execute(
                    application,
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                            + " INSERT INTO account SELECT i, 1000 FROM n");
            Files.copy(made, source);
            Files.copy(Beside.wal(made), Beside.wal(source));
        }
        Files.delete(made);
    }

    @ParameterizedTest
    @FieldSource("OPENINGS")
    void whoeverOpensAFileOf0BytesBesideAWalIsToldAndNothingIsDeleted(Opening opening) throws Exception {
        var source = emptiedBesideItsWal();
        var wal = Files.readAllBytes(Beside.wal(source));

        assertThatExceptionOfType(SourceException.Incomplete.class)
                .isThrownBy(() -> opening.open(source, directory.resolve("copy.db")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.SOURCE_INCOMPLETE))
                .withMessageContaining("0 bytes")
                .withMessageContaining("WAL of " + wal.length + " bytes");

        assertThat(Files.readAllBytes(Beside.wal(source))).isEqualTo(wal);
        assertThat(SampleDatabases.filesIn(source.getParent())).containsExactly("source.db", "source.db-wal");
        assertThat(source).isEmptyFile();
    }

    @Test
    void theCommandsOfTheHintGetAllOutOfAWalThatHasAll() throws Exception {
        var source = emptiedBesideItsWal();
        var rescue = Files.createDirectory(directory.resolve("rescue"));
        Files.copy(Beside.wal(source), rescue.resolve("rescue.db-wal"));
        var commands = Pattern.compile("`([^`]+)`")
                .matcher(hintOn(source))
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(commands).hasSize(2);

        assertThat(run(rescue, commands.get(0))).isEmpty();
        assertThat(run(rescue, commands.get(1))).isEqualTo("ok");

        assertThat(SampleDatabases.ask(rescue.resolve("rescue.db"), "SELECT sum(balance) FROM account"))
                .isEqualTo("1000000");
    }

    @Test
    void theWalOverASnapshotThatWasTakenSinceItWasBegunIsTheLastState() throws Exception {
        var source = source();
        var snapshot = directory.resolve("snapshot.db");
        SampleDatabases.accounts(source, "WAL");
        try (var application = SampleDatabases.open(source)) {
            SampleDatabases.execute(application, "PRAGMA wal_autocheckpoint = 0");
            SampleDatabases.execute(application, "UPDATE account SET balance = 1 WHERE id <= 10");
            CopyBy.SCAN.run(source, snapshot, OPTIONS, PageProgress.NONE);
            SampleDatabases.execute(application, "UPDATE account SET balance = 2 WHERE id BETWEEN 900 AND 910");
            var rescue = Files.createDirectory(directory.resolve("rescue")).resolve("rescue.db");
            Files.copy(snapshot, rescue);
            Files.copy(Beside.wal(source), Beside.wal(rescue));

            assertThat(SampleDatabases.content(rescue)).isEqualTo(SampleDatabases.content(source));
        }
    }

    private static String hintOn(Path source) {
        try {
            DatabaseFacts.read(source);
            throw new AssertionError("it was opened");
        } catch (SourceException.Incomplete e) {
            return e.problem().hint();
        }
    }

    private static String run(Path directory, String command) throws Exception {
        assumeThat(OtherProcess.canRunUnder(List.of("sqlite3", "-version")))
                .as("sqlite3 is installed")
                .isTrue();
        var process = new ProcessBuilder("sh", "-c", command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        try (var output = process.inputReader()) {
            return String.join("\n", output.readAllLines());
        }
    }

    @Test
    void replaceLiveOfAFileOf0BytesBesideAWalSaysToUseReplaceFile() throws Exception {
        var source = emptiedBesideItsWal();

        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                .isThrownBy(() -> LiveReplace.of(source, Duration.ZERO, HotJournals.SETTLE))
                .satisfies(e -> assertThat(e.problem().hint()).contains("REPLACE_FILE"));

        assertThat(Beside.wal(source)).isNotEmptyFile();
    }

    /** A database that is just being made, and one whose maker has crashed: neither has had any content. */
    @Test
    void aFileOf0BytesBesideTheJournalOfItsFirstTransactionIsEmpty() throws Exception {
        var source = source();
        try (var application = SampleDatabases.open(source)) {
            SampleDatabases.execute(application, "BEGIN");
            SampleDatabases.execute(application, "CREATE TABLE t (v TEXT)");
            assertThat(DatabaseFacts.read(source).pageCount()).isZero();
        }
    }

    @Test
    void aJournalIsNotRolledBackBesideAFileThatItCannotBeOf() throws Exception {
        for (var damage : Damage.values()) {
            var source = damage.lay(Files.createDirectories(directory.resolve("" + damage))
                    .toRealPath()
                    .resolve("source.db"));
            var before = Files.readAllBytes(source);
            var journal = Files.readAllBytes(Beside.journal(source));

            assertThatExceptionOfType(SourceException.Incomplete.class)
                    .as("%s", damage)
                    .isThrownBy(
                            () -> CopyBy.ONLINE.run(source, directory.resolve("copy.db"), OPTIONS, PageProgress.NONE))
                    .withMessageContaining(damage.told);

            assertThat(Files.readAllBytes(source)).isEqualTo(before);
            assertThat(Files.readAllBytes(Beside.journal(source))).isEqualTo(journal);
        }
    }

    private enum Damage {
        EMPTIED("has 0 bytes") {
            @Override
            byte[] done(byte[] database) {
                return new byte[0];
            }
        },
        ZEROED("does not begin as a database does") {
            @Override
            byte[] done(byte[] database) {
                return new byte[database.length];
            }
        },
        CUT("has 5000 bytes") {
            @Override
            byte[] done(byte[] database) {
                return Arrays.copyOf(database, 5000);
            }
        };

        private final String told;

        Damage(String told) {
            this.told = told;
        }

        abstract byte[] done(byte[] database);

        /** The transaction has changed one account, so its journal has a few pages only. */
        Path lay(Path source) throws SQLException, IOException {
            SampleDatabases.accounts(source, "DELETE");
            byte[] journal;
            try (var application = SampleDatabases.open(source)) {
                SampleDatabases.execute(application, "PRAGMA cache_size = 5");
                SampleDatabases.execute(application, "PRAGMA synchronous = OFF");
                SampleDatabases.execute(application, "BEGIN");
                SampleDatabases.execute(application, "UPDATE account SET balance = 0 WHERE id = 500");
                journal = Files.readAllBytes(Beside.journal(source));
            }
            Files.write(source, done(Files.readAllBytes(source)));
            Files.write(Beside.journal(source), journal);
            return source;
        }
    }
}
