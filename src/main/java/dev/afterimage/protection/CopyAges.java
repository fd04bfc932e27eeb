package dev.afterimage.protection;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.CopyStates;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What the copies of the repository have of databases, and whether that is what these need. */
@Component
public class CopyAges {

    private final Copies copies;
    private final CopiedSnapshots snapshots;
    private final CopyStates states;

    public CopyAges(Copies copies, CopiedSnapshots snapshots, CopyStates states) {
        this.copies = copies;
        this.snapshots = snapshots;
        this.states = states;
    }

    /** What they have at a moment. */
    final class Ages {

        private final Map<String, List<CopiedSnapshots.Newest>> newest;
        private final Map<String, Optional<CopyStates.State>> troubles;
        private final Instant now;

        private Ages(List<CopiedSnapshots.Newest> newest, Instant now) {
            this.newest = newest.stream().collect(groupingBy(CopiedSnapshots.Newest::database));
            this.troubles = copies.all().stream().collect(toMap(Copies.Copy::name, states::trouble));
            this.now = now;
        }

        /**
         * Adds what the copies have, and makes what is PROTECTED be STALE where a copy is required and none has what is young enough.
         *
         * @param newestGood its newest good snapshot; null for none
         */
        DatabaseProtection judged(DatabaseProtection protection, @Nullable UUID newestGood) {
            var there = newest.getOrDefault(protection.database(), List.of());
            var all = protection.with(copies.all().stream()
                    .map(copy -> inCopy(copy, there, newestGood))
                    .toList());
            return !protection.requireCopy()
                            || !protection.isProtected()
                            || all.copies().stream().anyMatch(one -> isYoungEnough(one, protection.maxAge()))
                    ? all
                    : all.judged(
                            Protection.STALE,
                            DatabaseProtection.Cause.COPY_TOO_OLD,
                            "No copy of the repository has a good snapshot that is young enough" + told(all.copies()));
        }

        private InCopy inCopy(Copies.Copy copy, List<CopiedSnapshots.Newest> there, @Nullable UUID newestGood) {
            var one = there.stream()
                    .filter(newest -> newest.copy().equals(copy.name()))
                    .findFirst();
            boolean hasAll = newestGood == null
                    || one.filter(newest -> newest.snapshotId().equals(newestGood))
                            .isPresent();
            var state = Objects.requireNonNull(troubles.get(copy.name()))
                    .orElse(hasAll ? CopyStates.State.CURRENT : CopyStates.State.BEHIND);
            var goodAt = one.map(CopiedSnapshots.Newest::goodAt).orElse(null);
            return new InCopy(
                    copy.name(),
                    state,
                    one.map(CopiedSnapshots.Newest::snapshotId).orElse(null),
                    goodAt,
                    goodAt == null ? null : age(goodAt));
        }

        /** What is later than now was noted by a wrong clock. */
        private @Nullable Duration age(Instant goodAt) {
            if (goodAt.isAfter(now.plus(ProtectionFacts.TOLERANCE))) {
                return null;
            }
            return now.isBefore(goodAt) ? Duration.ZERO : Duration.between(goodAt, now);
        }

        private boolean isYoungEnough(InCopy one, Duration maxAge) {
            var age = one.age();
            var allowed = Objects.requireNonNullElse(copies.get(one.copy()).maxAge(), maxAge);
            return age != null && age.compareTo(allowed) <= 0;
        }

        private static String told(List<InCopy> all) {
            var ages = all.stream()
                    .flatMap(one -> Optional.ofNullable(one.goodAt()).stream()
                            .map(at -> "%s has one of %s".formatted(one.copy(), at.truncatedTo(ChronoUnit.SECONDS))))
                    .collect(Collectors.joining(", "));
            return ages.isEmpty() ? "." : ": " + ages + ".";
        }
    }

    /** @param databaseIds null for all that are registered */
    Ages at(Instant now, @Nullable Collection<UUID> databaseIds) {
        var names = copies.all().stream().map(Copies.Copy::name).toList();
        return new Ages(snapshots.newest(names, databaseIds), now);
    }
}
