package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.sqlite.DatabaseFacts;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class AdviceTests {

    private final Advice advice = new Advice(new AdviceSettings(DataSize.ofKilobytes(32), Duration.ofMillis(100)));

    @TempDir
    Path dir;

    private TestBackups backups;
    private Path file;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, new TestClock());
        file = dir.toRealPath().resolve("orders.db");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void onAQuietDatabaseIsNone() {
        var snapshot = backups.run(registered("WAL"));
        assertThat(on(null)).isEmpty();
        assertThat(on(snapshot)).isEmpty();
        assertThat(on(as(snapshot, 100, 32 << 10))).isEmpty();
    }

    @Test
    void onABackupForWhichWritersWaitedTellsOfWalMode() {
        var snapshot = backups.run(registered("DELETE"));
        assertThat(on(as(snapshot, 101, 0)))
                .singleElement()
                .asString()
                .contains("waited up to 101 ms", "PRAGMA journal_mode = WAL");
    }

    @Test
    void onABackupDuringWhichTheWalGrewTellsByHowMuch() {
        var snapshot = backups.run(registered("WAL"));
        assertThat(on(as(snapshot, 0, (32 << 10) + 1)))
                .singleElement()
                .asString()
                .contains("grew by 32769 bytes", "maxWalBytes");
    }

    @Test
    void onALargeWalNamesTheProcessThatReadsIt() throws Exception {
        registered("WAL");
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            application.createStatement().execute("UPDATE account SET note = hex(randomblob(100))");
            assertThat(on(null)).singleElement().asString().contains("checkpoint with mode TRUNCATE");

            try (var reader = OtherProcess.start(LiveApplication.class, "obey", file)) {
                reader.awaitLine("obeying");
                reader.send("BEGIN");
                reader.awaitLine("done");
                reader.send("SELECT count(*) FROM account");
                reader.awaitLine("done");
                assertThat(on(null))
                        .singleElement()
                        .asString()
                        .contains("cannot be begun anew: " + reader.pid() + " (", "java");
            }
        }
    }

    @Test
    void onALargeWalThatThisServiceReadsSaysSo() throws Exception {
        registered("WAL");
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + file);
                var backup = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            backup.createStatement().execute("BEGIN");
            backup.createStatement().executeQuery("SELECT count(*) FROM account");
            application.createStatement().execute("UPDATE account SET note = hex(randomblob(100))");
            assertThat(on(null)).singleElement().asString().contains("this service reads it");
        }
    }

    private Database registered(String journalMode) {
        SampleDatabases.accounts(file, journalMode);
        return backups.catalog.databases.add("orders", file, Map.of());
    }

    private List<String> on(@Nullable Snapshot last) {
        return advice.on(file, DatabaseFacts.read(file), last);
    }

    /** The snapshot, had its capture been this one. */
    private static Snapshot as(Snapshot snapshot, long lockHeldMillis, long walGrowth) {
        var capture = snapshot.capture();
        return new Snapshot(
                snapshot.id(),
                snapshot.databaseId(),
                snapshot.databaseName(),
                snapshot.createdAt(),
                snapshot.groupId(),
                snapshot.state(),
                snapshot.verification(),
                snapshot.content(),
                new Snapshot.Capture(
                        capture.method(),
                        capture.methodUsed(),
                        capture.methodReason(),
                        capture.journalMode(),
                        lockHeldMillis,
                        10,
                        10 + walGrowth,
                        capture.notes()),
                snapshot.pinned(),
                snapshot.expiresAt(),
                snapshot.labels());
    }
}
