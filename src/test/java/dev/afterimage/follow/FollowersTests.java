package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.afterimage.backup.TestBackups;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowersTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    @TempDir
    Path dir;

    private TestBackups backups;
    private Followers followers;

    @BeforeEach
    void start() {
        backups = new TestBackups(dir, Clock.systemUTC());
        followers = backups.following.followers;
        followers.start();
    }

    @AfterEach
    void close() {
        followers.stop();
        backups.close();
    }

    @Test
    void letGoWhenTheCatalogRefusesDoesNotKeepItFromBeingFollowed() throws Exception {
        var database = backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (note TEXT)");
        followers.follow(database, POLICY);
        backups.following.awaitFollowing(database);
        backups.catalog.catalog.update("ALTER TABLE follow RENAME TO away").update();
        assertThatException().isThrownBy(() -> followers.letGo(database.id()));
        backups.catalog.catalog.update("ALTER TABLE away RENAME TO follow").update();
        followers.resume(database);
        assertThat(followers.standing(database).state()).isNotEqualTo(FollowState.PAUSED);
        backups.following.awaitFollowing(database);
    }
}
