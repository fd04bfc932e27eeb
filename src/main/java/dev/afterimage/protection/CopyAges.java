package dev.afterimage.protection;

import static java.util.stream.Collectors.groupingBy;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.copies.Copies;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Whether copies of the repository have what databases need. */
@Component
public class CopyAges {

    private final Copies copies;
    private final CopiedSnapshots snapshots;

    public CopyAges(Copies copies, CopiedSnapshots snapshots) {
        this.copies = copies;
        this.snapshots = snapshots;
    }

    /** Makes what is PROTECTED be STALE where no copy has a good snapshot that is young enough. */
    UnaryOperator<DatabaseProtection> judging(Instant now) {
        var newest = snapshots.newest().stream().collect(groupingBy(CopiedSnapshots.Newest::database));
        return protection -> judged(protection, newest.getOrDefault(protection.database(), List.of()), now);
    }

    private DatabaseProtection judged(DatabaseProtection protection, List<CopiedSnapshots.Newest> newest, Instant now) {
        if (!protection.isProtected()
                || newest.stream().anyMatch(one -> isYoungEnough(one, protection.maxAge(), now))) {
            return protection;
        }
        var ages = newest.stream()
                .map(one ->
                        "%s has one of %s".formatted(one.copy(), one.goodAt().truncatedTo(ChronoUnit.SECONDS)))
                .collect(Collectors.joining(", "));
        return protection.judged(
                Protection.STALE,
                "No copy of the repository has a good snapshot that is young enough"
                        + (ages.isEmpty() ? "." : ": " + ages + "."));
    }

    /** A copy that is not configured any more does not count. What is later than now was noted by a wrong clock. */
    private boolean isYoungEnough(CopiedSnapshots.Newest newest, Duration maxAge, Instant now) {
        return copies.find(newest.copy())
                .filter(copy -> newest.goodAt().isBefore(now.plus(ProtectionFacts.TOLERANCE)))
                .filter(copy -> !newest.goodAt()
                        .plus(Objects.requireNonNullElse(copy.maxAge(), maxAge))
                        .isBefore(now))
                .isPresent();
    }
}
