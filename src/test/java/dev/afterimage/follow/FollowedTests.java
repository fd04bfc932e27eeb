package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.backup.TestBackups;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class FollowedTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofDays(1), Duration.ofDays(7), Duration.ofHours(1), true);
    private static final long MOST = DataSize.ofMegabytes(4).toBytes();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Connection application;
    private Rounds storing;
    private Spool spool;
    private Followed followed;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, Clock.systemUTC());
        var database = backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (note TEXT)");
        application = DriverManager.getConnection("jdbc:sqlite:" + database.path());
        storing = new Rounds("test-", 1);
        spool = backups.following.spool(DataSize.ofBytes(MOST));
        followed = backups.following.followed(database, POLICY, storing, spool);
        followed.look();
    }

    @AfterEach
    void close() throws SQLException {
        followed.end(false);
        storing.end(Duration.ofSeconds(5));
        followed.closeWaiting();
        application.close();
        backups.close();
    }

    private FollowState looked() throws SQLException {
        try (var statement = application.createStatement()) {
            statement.execute("INSERT INTO orders VALUES (1)");
        }
        followed.look();
        return followed.standing().state();
    }

    /** What others have there is stored bit by bit. */
    @Test
    void afterTheSpoolWasFullItGoesOnOnlyWhenAQuarterOfItIsFree() throws Exception {
        spool.count(MOST);
        assertThat(looked()).isEqualTo(FollowState.CATCHING_UP);
        spool.count(-MOST / 8);
        assertThat(looked()).isEqualTo(FollowState.CATCHING_UP);
        spool.count(-MOST / 4);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        spool.count(MOST / 4);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
    }
}
