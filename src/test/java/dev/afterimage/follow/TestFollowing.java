package dev.afterimage.follow;

import static org.awaitility.Awaitility.await;

import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.copies.LogCopies;
import dev.afterimage.copies.TestCopies;
import dev.afterimage.lifecycle.ShutdownSettings;
import dev.afterimage.lifecycle.StopTime;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.local.LocalStorage;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** What follows databases, put together; {@link #followers} is started and stopped by the test. */
public final class TestFollowing {

    private final TestCatalog catalog;
    private final Clock clock;
    public final Follows follows;
    public final Followers followers;
    public final LogSegments segments;
    public final LogChains chains;
    public final LogAnchors anchors;
    public final Segments objects;
    public final LogRecords records;
    public final Moments moments;
    final LogCopies copies;

    public TestFollowing(TestCatalog catalog, Vault vault, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
        this.follows = new Follows(catalog.catalog, clock);
        this.segments = new LogSegments(catalog.catalog);
        this.chains = new LogChains(catalog.catalog);
        this.anchors = new LogAnchors(catalog.catalog);
        this.objects = new Segments(vault);
        this.copies = TestCopies.ofLogsToNowhere(catalog, clock);
        this.records = new LogRecords(objects, segments, chains, clock);
        this.followers = new Followers(
                catalog.databases,
                follows,
                catalog.paths,
                catalog.node,
                spool(null),
                objects,
                segments,
                chains,
                records,
                copies,
                new StopTime(new ShutdownSettings(Duration.ofSeconds(5))),
                clock);
        this.moments =
                new Moments(chains, segments, anchors, new LogCuts(catalog.catalog), objects, follows, followers);
    }

    /** One that looks when the test says so. */
    Followed followed(Database database, FollowPolicy policy, Rounds storing) {
        return followed(database, policy, storing, spool(null));
    }

    Spool spool(@Nullable DataSize most) {
        return new Spool(catalog.node, new FollowSettings(null, most, null, null));
    }

    Followed followed(Database database, FollowPolicy policy, Rounds storing, Spool spool) {
        var places = new FollowedPlaces(
                catalog.paths, spool, objects, segments, chains, records, copies, storing, storing, clock);
        return new Followed(database, policy, places);
    }

    /** Nothing is followed by it. */
    public static Followers ofNothing(TestCatalog catalog, Clock clock) {
        var storage = new LocalStorage(catalog.node.repositoryDirectory().orElseThrow(), 0);
        return new TestFollowing(catalog, new Vault(storage, clock), clock).followers;
    }

    /** Returns when all that is committed can be taken. */
    public void awaitFollowing(Database database) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> followers.standing(database).state() == FollowState.FOLLOWING);
    }
}
