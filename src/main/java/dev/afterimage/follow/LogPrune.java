package dev.afterimage.follow;

import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.repository.log.Segments;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Deletes what logs have from before their windows, always up to a snapshot from which all that stays is replayed. For one thread. */
@Component
class LogPrune {

    private static final Logger log = LoggerFactory.getLogger(LogPrune.class);

    private final Follows follows;
    private final LogChains chains;
    private final LogSegments segments;
    private final LogAnchors anchors;
    private final LogCuts cuts;
    private final Segments objects;
    private final Clock clock;

    LogPrune(
            Follows follows,
            LogChains chains,
            LogSegments segments,
            LogAnchors anchors,
            LogCuts cuts,
            Segments objects,
            Clock clock) {
        this.follows = follows;
        this.chains = chains;
        this.segments = segments;
        this.anchors = anchors;
        this.cuts = cuts;
        this.objects = objects;
        this.clock = clock;
    }

    void prune(UUID databaseId) {
        var all = chains.all(databaseId);
        boolean isFollowed = follows.isFollowed(databaseId); // asked after the chains: whose follower begins one is
        for (var chain : all) {
            boolean isCurrent = isFollowed && chain.equals(all.getLast());
            var edge = clock.instant().minus(chain.window());
            var old = old(chain, isCurrent, edge);
            if (!old.isEmpty()) {
                delete(databaseId, old);
            }
            if (!isCurrent && chain.seenUntil().isBefore(edge)) { // of a later one commits may wait to be stored
                chains.removeIfEmpty(chain.id());
            }
        }
    }

    private List<LogSegment> old(LogChain chain, boolean isCurrent, Instant edge) {
        if (!isCurrent && chain.seenUntil().isBefore(edge)) {
            return segments.upTo(chain.databaseId(), chain.id(), Long.MAX_VALUE);
        }
        return segments.upTo(chain.databaseId(), chain.id(), neededAfter(chain, edge)).stream()
                .filter(segment -> segment.lastAt().isBefore(edge))
                .toList();
    }

    /** Commits up to this one are replayed by nobody. */
    private long neededAfter(LogChain chain, Instant edge) {
        return anchors.lastBefore(chain.id(), edge)
                .map(LogAnchor::from)
                .or(() -> anchors.firstFrom(chain.id()))
                .orElse(Long.MIN_VALUE);
    }

    /**
     * Not while anybody replays the log. Objects first: what dies here leaves rows of segments that are gone, which the next time come to again.
     */
    private void delete(UUID databaseId, List<LogSegment> old) {
        var last = old.getLast();
        var gone = Stream.concat(old.stream().map(Moments::stored), objects.all(databaseId).stream())
                .map(Segments.Stored::name)
                .filter(name -> name.chain().equals(last.chain()) && name.lastCommit() <= last.lastCommit())
                .distinct() // those that were merged may be there still, and have no row
                .toList();
        if (objects.isRead(databaseId)) {
            return;
        }
        cuts.cut(databaseId, last.chain(), last.lastCommit() + 1); // or a repair would bring them back
        objects.delete(databaseId, gone);
        segments.remove(old);
        log.info(
                "Deleted {} segments of the log of database {} that are older than its window",
                gone.size(),
                databaseId);
    }
}
