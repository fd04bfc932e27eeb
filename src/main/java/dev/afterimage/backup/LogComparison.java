package dev.afterimage.backup;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.Moments;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.log.Replay;
import dev.afterimage.repository.read.SnapshotReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Compares what the log of a followed database makes of a snapshot with what was read of the database itself: a log that is only ever replayed
 * over what was made of it would hide what it lacks for ever.
 */
@Component
public class LogComparison {

    private static final Logger log = LoggerFactory.getLogger(LogComparison.class);

    private final Repository repository;
    private final Moments moments;
    private final Replays replays;
    private final LogAnchors anchors;
    private final LogChains chains;
    private final Followers followers;
    private final Clock clock;

    LogComparison(
            Repository repository,
            Moments moments,
            Replays replays,
            LogAnchors anchors,
            LogChains chains,
            Followers followers,
            Clock clock) {
        this.repository = repository;
        this.moments = moments;
        this.replays = replays;
        this.anchors = anchors;
        this.chains = chains;
        this.followers = followers;
        this.clock = clock;
    }

    /**
     * Notes how many pages of a snapshot are not what the log makes of the snapshot before it. Where there are any, the database is followed
     * anew: what comes later is replayed over what was read. Pages that were written while the snapshot was taken are left out.
     *
     * @param read a snapshot of the database as it was read, in the catalog
     */
    void run(Database database, Manifest read, CaptureFacts.LogSpan span) {
        anchors.before(span.chain(), span.from(), read.id()).ifPresent(before -> {
            long differing = differing(database, read, span, before);
            chains.compared(span.chain(), clock.instant(), differing);
            if (differing > 0) {
                log.error(
                        "{} pages of '{}' are not what its log makes of them, since snapshot {}: it is followed anew",
                        differing,
                        database.name(),
                        before.snapshotId());
                followers.followAnew(database.id());
            }
        });
    }

    private long differing(Database database, Manifest read, CaptureFacts.LogSpan span, LogAnchor before) {
        followers.flush(database, Moments.TO_STORE);
        var replayed = moments.from(before, database, span.from());
        var meanwhile = moments.from(
                new LogAnchor(read.id(), span.chain(), span.from(), span.from(), read.createdAt()),
                database,
                span.to());
        try (var then = repository.open(database.id(), before.snapshotId());
                var now = repository.open(database.id(), read.id());
                var log = replays.of(replayed, read.pageSize(), then.manifest().pageCount());
                var since = replays.of(meanwhile, read.pageSize(), read.pageCount())) {
            return differing(database, then, now, log, since);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of channels that are open
        }
    }

    private long differing(Database database, SnapshotReader then, SnapshotReader now, Replay log, Replay since)
            throws IOException {
        var digests = repository.vault().codec().pageDigest(database.id());
        var page = ByteBuffer.allocate(now.pageSize());
        var digest = new byte[ShortDigest.SIZE];
        long differing = 0;
        long pages = now.manifest().pageCount();
        for (long number = 1; number <= pages; number++) {
            if (since.mayHaveChanged(number)) {
                continue;
            }
            ShortDigest expected;
            if (log.mayHaveChanged(number) || number > then.manifest().pageCount()) {
                log.read(number, page.clear());
                digests.digest(page, 0, page.capacity(), digest, 0);
                expected = ShortDigest.get(ByteBuffer.wrap(digest));
            } else {
                expected = then.pageDigest(number);
            }
            differing += expected.equals(now.pageDigest(number)) ? 0 : 1;
        }
        return differing;
    }
}
