package dev.afterimage.follow;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.follow.TimeLine.Edge;
import dev.afterimage.follow.TimeLine.Gap;
import dev.afterimage.follow.TimeLine.Reachable;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Shows what became of databases. */
@Component
public class TimeLines {

    /** Each may be a request to a bucket. */
    private static final int MOST_SCHEMA_CHANGES = 100;

    private final LogChains chains;
    private final LogSegments segments;
    private final Segments objects;
    private final Snapshots snapshots;
    private final Moments moments;

    TimeLines(LogChains chains, LogSegments segments, Segments objects, Snapshots snapshots, Moments moments) {
        this.chains = chains;
        this.segments = segments;
        this.objects = objects;
        this.snapshots = snapshots;
        this.moments = moments;
    }

    /**
     * Of a database between two times; what is committed and not yet stored is not in it.
     *
     * @throws dev.afterimage.repository.log.DamagedSegmentException when a segment that has a change of the schema is not what was stored
     */
    public TimeLine of(Database database, Instant from, Instant to, Duration resolution) {
        var all = chains.all(database.id());
        return new TimeLine(
                from,
                to,
                resolution,
                segments.activity(database.id(), from, to, resolution),
                segments.withSchemaChanges(database.id(), from, to, MOST_SCHEMA_CHANGES).stream()
                        .flatMap(this::schemaChanges)
                        .filter(edge -> !edge.at().isBefore(from) && edge.at().isBefore(to))
                        .limit(MOST_SCHEMA_CHANGES)
                        .toList(),
                all.stream()
                        .flatMap(chain -> reachable(chain).stream())
                        .filter(part ->
                                part.first().at().isBefore(to) && !part.until().isBefore(from))
                        .toList(),
                gaps(all).stream()
                        .filter(gap -> gap.from().isBefore(to) && !gap.to().isBefore(from))
                        .toList(),
                snapshots.all(database.id()).reversed().stream()
                        .filter(snapshot -> isIn(snapshot, from, to))
                        .toList());
    }

    private static boolean isIn(Snapshot snapshot, Instant from, Instant to) {
        return !snapshot.createdAt().isBefore(from) && snapshot.createdAt().isBefore(to);
    }

    private Stream<Edge> schemaChanges(LogSegment segment) {
        List<Segment.Commit> commits =
                objects.describe(segment.databaseId(), Moments.stored(segment)).commits();
        return IntStream.range(0, commits.size())
                .filter(i -> commits.get(i).schemaChanged())
                .mapToObj(
                        i -> new Edge(segment.firstCommit() + i, commits.get(i).takenAt()));
    }

    private Optional<Reachable> reachable(LogChain chain) {
        return moments.firstOf(chain)
                .map(first -> new Reachable(
                        chain.id(),
                        first,
                        moments.lastOf(chain).orElse(first),
                        moments.seenUntil(chain),
                        chain.comparedAt(),
                        chain.differingPages()));
    }

    private List<Gap> gaps(List<LogChain> all) {
        var gaps = new ArrayList<Gap>();
        for (int i = 1; i < all.size(); i++) {
            var before = all.get(i - 1);
            var after = all.get(i);
            gaps.add(new Gap(
                    moments.seenUntil(before),
                    after.begunAt(),
                    after.continuity(),
                    moments.lastOf(before).orElse(null),
                    moments.firstOf(after).orElse(null)));
        }
        return gaps;
    }
}
