package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.hook.Command;
import dev.afterimage.hook.During;
import dev.afterimage.hook.Freeze;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.SealedPages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutlooksTests {

    @TempDir
    private static Path dir;

    private static TestBackups backups;

    @BeforeAll
    static void open() {
        var right = freeze(
                "mkdir -p \"${AFTERIMAGE_FROZEN_PATHS%/*}\" && cp \"$AFTERIMAGE_PATH\" \"$AFTERIMAGE_FROZEN_PATHS\"",
                dir + "/frozen/{job}/{name}.db");
        var other = freeze("true", dir + "/other/{job}.db");
        backups = new TestBackups(
                dir,
                Clock.systemUTC(),
                Map.of("frozen=yes", right, "frozen=otherwise", other, "also=yes", freeze("exit 1", "/{job}")),
                new HookSettings(
                        Map.of("held=yes", during(During.Lock.IMMEDIATE), "alone", during(During.Lock.EXCLUSIVE))));
    }

    private static HookSettings.OfDatabase during(During.Lock lock) {
        var during = new During(lock, List.of("true"), Duration.ofSeconds(5), Map.of(), null);
        return new HookSettings.OfDatabase(null, null, during);
    }

    @AfterAll
    static void close() {
        backups.close();
    }

    private static Freeze freeze(String create, String path) {
        return new Freeze(shell(create), shell("true"), path, null, Freeze.Lock.IMMEDIATE);
    }

    private static Command shell(String script) {
        return new Command(List.of("/bin/sh", "-c", script), Duration.ofSeconds(5), Map.of(), null);
    }

    /** What databases are like, and what AUTO does about them. */
    enum Kind {
        WAL(Method.SCAN),
        ROLLBACK(Method.SCAN),
        EMPTY(Method.ONLINE),
        WITH_HOT_JOURNAL(Method.SCAN),
        WITH_RESERVED_BYTES(Method.SCAN),
        NO_DATABASE(Method.SCAN),
        GONE(Method.SCAN),
        FROZEN(Method.FILESYSTEM_SNAPSHOT),
        EMPTY_AND_FROZEN(Method.ONLINE),
        FROZEN_TWICE(null),
        HELD(Method.SCAN),
        FROZEN_AND_HELD(Method.FILESYSTEM_SNAPSHOT),
        EMPTY_AND_HELD(Method.SCAN);

        private final @Nullable Method ofAuto;

        Kind(@Nullable Method ofAuto) {
            this.ofAuto = ofAuto;
        }
    }

    private Database database(Kind kind, String name) throws IOException, SQLException {
        var file = Files.createDirectories(dir.resolve("of")).resolve(name + ".db");
        switch (kind) {
            case WAL -> SampleDatabases.accounts(file, "WAL");
            case ROLLBACK, FROZEN, FROZEN_TWICE, HELD, FROZEN_AND_HELD -> SampleDatabases.accounts(file, "DELETE");
            case EMPTY, EMPTY_AND_FROZEN, EMPTY_AND_HELD -> Files.createFile(file);
            case WITH_HOT_JOURNAL -> withHotJournal(file);
            case WITH_RESERVED_BYTES -> SealedPages.accounts(file, "DELETE");
            case NO_DATABASE -> Files.writeString(file, "no database ".repeat(1000));
            case GONE -> {}
        }
        return backups.catalog.databases.add(name, file, labels(kind));
    }

    private static Map<String, String> labels(Kind kind) {
        return switch (kind) {
            case FROZEN, EMPTY_AND_FROZEN -> Map.of("frozen", "yes");
            case FROZEN_TWICE -> Map.of("frozen", "otherwise", "also", "yes");
            case HELD, EMPTY_AND_HELD -> Map.of("held", "yes");
            case FROZEN_AND_HELD -> Map.of("frozen", "yes", "held", "yes");
            case WAL, ROLLBACK, EMPTY, WITH_HOT_JOURNAL, WITH_RESERVED_BYTES, NO_DATABASE, GONE -> Map.of();
        };
    }

    private static void withHotJournal(Path file) throws IOException, SQLException {
        var live = SampleDatabases.accounts(file.resolveSibling("live.db"), "DELETE");
        try (var connection = SampleDatabases.open(live)) {
            SampleDatabases.execute(connection, "PRAGMA cache_size = 1");
            SampleDatabases.execute(connection, "BEGIN");
            SampleDatabases.execute(connection, "UPDATE account SET balance = 7");
            Files.copy(live, file);
            Files.copy(Beside.journal(live), Beside.journal(file));
        }
    }

    @ParameterizedTest
    @EnumSource
    void ofSaysWhatBackupsThenDo(Kind kind) throws Exception {
        var database = database(kind, kind.name().toLowerCase(Locale.ROOT));
        var before = files();

        var all = backups.outlooks.of(database);

        assertThat(files()).as("asking changes nothing").isEqualTo(before);
        assertThat(all.choice() == null ? null : all.choice().method()).isEqualTo(kind.ofAuto);
        requireAgreement(database, all);
        assertThat(all.methods()).extracting(Outlook::method).doesNotContain(Method.AUTO);
        for (var outlook : all.methods()) {
            assertThat(code(outlook.problem())).as("%s", outlook).isEqualTo(failure(database, outlook.method()));
        }
    }

    /** But for what SQLite makes beside a database in WAL mode when somebody reads it. */
    private Map<Path, String> files() throws IOException {
        try (var files = Files.list(dir.resolve("of"))) {
            return files.filter(file -> !file.toString().matches(".*-wal|.*-shm"))
                    .collect(Collectors.toMap(file -> file, OutlooksTests::content));
        }
    }

    private static String content(Path file) {
        try {
            return HexFormat.of().formatHex(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireAgreement(Database database, Outlooks.All all) {
        if (all.problem() != null) {
            assertThat(failure(database, Method.AUTO)).isEqualTo(code(all.problem()));
            return;
        }
        var capture = backups.run(database, Method.AUTO).capture();
        assertThat(new Choice(Method.valueOf(capture.methodUsed()), String.valueOf(capture.methodReason())))
                .isEqualTo(all.choice());
    }

    private static @Nullable ProblemCode code(@Nullable Problem problem) {
        return problem == null ? null : problem.code();
    }

    /** With which a backup fails; null if it does not. */
    private @Nullable ProblemCode failure(Database database, Method method) {
        try {
            backups.run(database, method);
            return null;
        } catch (ProblemException e) {
            return e.problem().code();
        }
    }

    @Test
    void ofTellsWhoWaitsAndForHowLong() throws Exception {
        var database = database(Kind.WAL, "measured");
        assertThat(outlook(database, Method.SCAN).lockHeld()).isEqualTo(LockHeld.NOT_AT_ALL);
        assertThat(outlook(database, Method.SCAN).writersWait()).isFalse();
        assertThat(outlook(database, Method.LOCKED_COPY).writersWait()).isTrue();

        TestBackups.execute(database.path(), "PRAGMA journal_mode = DELETE");
        assertThat(outlook(database, Method.SCAN).writersWait()).isTrue();
        assertThat(outlook(database, Method.SCAN).lockHeld())
                .isEqualTo(LockHeld.whileReading(Files.size(database.path())));

        var first = backups.run(database, Method.SCAN);
        backups.run(database, Method.SCAN); // nothing has changed, so nobody has waited
        assertThat(outlook(database, Method.SCAN).lockHeld())
                .extracting(LockHeld::millis, LockHeld::basis)
                .containsExactly(first.capture().lockHeldMillis(), LockHeld.Basis.MEASURED);
        assertThat(outlook(database, Method.ONLINE).lockHeld())
                .extracting(LockHeld::basis)
                .isEqualTo(LockHeld.Basis.ESTIMATED);
    }

    @Test
    void ofNamesWhoIsConnectedToWhatIsToBeHeldAlone() throws Exception {
        var database = database(Kind.WAL, "alone");
        var other = database(Kind.WAL, "other");
        TestBackups.execute(database.path(), "CREATE TABLE n (n)");
        TestBackups.execute(other.path(), "CREATE TABLE n (n)");
        assertThat(outlook(database, Method.SCAN).problem()).isNull();
        try (var writer = TwoDatabasesWriter.start(database.path(), other.path())) {
            var problem = Objects.requireNonNull(outlook(database, Method.SCAN).problem());
            assertThat(problem.code()).isEqualTo(ProblemCode.SOURCE_LOCKED);
            assertThat(problem.properties().get("holders").toString()).contains("pid=" + writer.pid());
        }
    }

    private Outlook outlook(Database database, Method method) {
        return backups.outlooks.of(database).methods().stream()
                .filter(outlook -> outlook.method() == method)
                .findFirst()
                .orElseThrow();
    }
}
