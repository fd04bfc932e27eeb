package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.OnlineCopy;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.DatabaseFacts;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class AdviceTests {

    private final AdviceSettings settings = new AdviceSettings(DataSize.ofKilobytes(32), Duration.ofMillis(100));
    private final TestClock clock = new TestClock();
    private final LongReads reads = new LongReads(settings, clock);
    private final Advice advice = new Advice(settings, reads);

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
                read(reader);
                assertThat(on(null))
                        .singleElement()
                        .asString()
                        .contains("cannot be begun anew: " + reader.pid() + " (", "java");
            }
        }
    }

    @Test
    void onALargeWalTellsSinceWhenTheSameReadGoesOn() throws Exception {
        registered("WAL");
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            application.createStatement().execute("UPDATE account SET note = hex(randomblob(100))");
            try (var reader = OtherProcess.start(LiveApplication.class, "obey", file)) {
                reader.awaitLine("obeying");
                read(reader);
                watch();
                clock.advance(Duration.ofMinutes(7));
                application.createStatement().execute("UPDATE account SET note = hex(randomblob(100))");
                watch();
                clock.advance(Duration.ofMinutes(2));
                assertThat(on(null)).singleElement().asString().contains("since 2026-03-01T12:00:00Z or before");

                obey(reader, "COMMIT");
                read(reader);
                assertThat(on(null)).singleElement().asString().contains("since 2026-03-01T12:09:00Z or before");
            }
        }
    }

    @Test
    void watchWhenTheWalIsSmallForgetsItsReaders() throws Exception {
        registered("WAL");
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + file);
                var reader = OtherProcess.start(LiveApplication.class, "obey", file)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            application.createStatement().execute("UPDATE account SET note = hex(randomblob(100))");
            reader.awaitLine("obeying");
            read(reader);
            watch();
            reads.watch(Map.of(file, 32L << 10));
            clock.advance(Duration.ofMinutes(1));
            assertThat(on(null)).singleElement().asString().contains("since 2026-03-01T12:01:00Z or before");
        }
    }

    @Test
    void onALargeWalThatThisServiceReadsSaysSo() throws Exception {
        registered("WAL");
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            application.createStatement().execute("UPDATE account SET note = hex(randomblob(100))");
            var meanwhile = new ArrayList<String>();
            OnlineCopy.run(
                    file,
                    dir.resolve("copy.db"),
                    new CaptureOptions(Duration.ZERO, 0),
                    (done, total) -> meanwhile.addAll(on(null)));
            assertThat(meanwhile).anyMatch(said -> said.contains("this service reads it"));
        }
    }

    private void watch() {
        reads.watch(Map.of(file, DatabaseFacts.read(file).walBytes()));
    }

    private static void read(OtherProcess reader) {
        obey(reader, "BEGIN");
        obey(reader, "SELECT count(*) FROM account");
    }

    private static void obey(OtherProcess process, String statement) {
        process.send(statement);
        process.awaitLine("done");
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
                snapshot.proof(),
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
                snapshot.labels(),
                snapshot.log());
    }
}
