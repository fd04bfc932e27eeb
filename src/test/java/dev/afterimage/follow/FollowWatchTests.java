package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
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

class FollowWatchTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    @TempDir
    Path dir;

    private TestBackups backups;
    private Connection application;
    private Rounds storing;
    private Followed followed;
    private FollowWatch watch;
    private long now = System.nanoTime();

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, Clock.systemUTC());
        Database database = backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (note TEXT)");
        application = DriverManager.getConnection("jdbc:sqlite:" + database.path());
        storing = new Rounds("test-", 1);
        followed = backups.following.followed(database, POLICY, storing);
        watch = new FollowWatch(backups.following.followers, Clock.systemUTC());
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

    private void commit() throws SQLException {
        try (var statement = application.createStatement()) {
            statement.execute("INSERT INTO orders VALUES (1)");
        }
    }

    private FollowState watched(int secondsLater) {
        now += Duration.ofSeconds(secondsLater).toNanos();
        watch.look(followed, now);
        return followed.standing().state();
    }

    @Test
    void whenNothingIsTakenForHalfAMinuteAlthoughSomethingWasCommittedItIsNotFollowing() throws Exception {
        assertThat(watched(0)).isEqualTo(FollowState.FOLLOWING);
        assertThat(watched(60)).isEqualTo(FollowState.FOLLOWING);
        commit(); // and whoever should look is parked
        assertThat(watched(10)).isEqualTo(FollowState.FOLLOWING);
        assertThat(watched(29)).isEqualTo(FollowState.FOLLOWING);
        assertThat(followed.whyNot()).isEmpty();
        assertThat(watched(1)).isEqualTo(FollowState.CATCHING_UP);
        assertThat(followed.whyNot()).hasValueSatisfying(why -> assertThat(why).contains("nothing was taken"));
        followed.look();
        assertThat(watched(10)).isEqualTo(FollowState.FOLLOWING);
        assertThat(followed.whyNot()).isEmpty();
    }

    @Test
    void whenCommitsAreTakenItNeverCountsAsStanding() throws Exception {
        for (int i = 0; i < 10; i++) {
            commit();
            assertThat(watched(20)).isEqualTo(FollowState.FOLLOWING);
            followed.look();
        }
    }
}
