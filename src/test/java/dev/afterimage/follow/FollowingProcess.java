package dev.afterimage.follow;

import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.sqlite.follow.Follower;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Follows a database into a spool file, which it begins or goes on with, and says how that began, and after each turn how many commits it has. */
final class FollowingProcess {

    private static final int PAUSE_NANOS = 2_000_000;

    /** Arguments: database, spool file. */
    public static void main(String[] arguments) {
        var database = Path.of(arguments[0]);
        var file = Path.of(arguments[1]);
        var found = Files.exists(file) ? SpoolFile.open(file, Clock.systemUTC()) : null;
        try (var follower = Follower.begin(database, found == null ? null : found.position());
                var spool = found == null ? create(follower, file) : found) {
            System.out.println(follower.continuity());
            while (follower.continuity() == Follower.Continuity.CONTINUED) {
                require(follower.turn(spool));
                System.out.println(spool.commits());
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (SourceException.NotFollowable e) {
            System.out.println(e.problem().detail());
        }
    }

    private static void require(Follower.Continuity continuity) {
        if (continuity != Follower.Continuity.CONTINUED) {
            throw new IllegalStateException("it goes on with a " + continuity);
        }
    }

    private static SpoolFile create(Follower follower, Path file) {
        var begin = new SpoolFile.Begin(
                UUID.randomUUID(),
                UUID.randomUUID(),
                null,
                Continuity.BEGUN,
                1,
                follower.position(),
                follower.schemaCookie(),
                Instant.EPOCH);
        return SpoolFile.create(file, begin, Clock.systemUTC());
    }

    private FollowingProcess() {}
}
