package dev.afterimage.api.summary;

import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.protection.InCopyJson;
import dev.afterimage.api.repository.RepositoryUsageJson;
import dev.afterimage.api.schedules.UpcomingRunJson;
import dev.afterimage.follow.FollowState;
import dev.afterimage.jobs.queue.EndedJobs;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protection;
import dev.afterimage.protection.RecentProtections.Seen;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How it goes with all that exists for the caller, as answers have it. */
@Schema(name = "Summary", description = "How it goes with all that exists for the caller")
record SummaryJson(
        @Schema(description = "Of this answer") Instant at,

        @Schema(description = "Name of the node that answers", example = "host-1")
        String node,

        @Schema(description = "How many are registered", example = "42")
        int databases,

        @Schema(
                description =
                        "When all of them were looked at: seconds ago, half a minute at most where there are very many; one whose job has ended since was looked at afterwards")
        Instant protectionAt,

        @Schema(
                description = "How many databases are how well protected",
                example = "{\"UNPROTECTED\": 0, \"FAILING\": 0, \"COLLAPSED\": 0, \"STALE\": 1, \"PROTECTED\": 41}")
        Map<Protection, Long> protection,

        @Schema(
                description =
                        "Those that are not PROTECTED: the worst first, of these those that have been so for longest; 20 at"
                                + " most, see `protection` for how many there are")
        List<AttentionJson> attention,

        @Schema(description = "Jobs that wait", example = "3")
        long jobsQueued,

        @Schema(description = "Jobs that run, newest first; 20 at most")
        List<JobJson> jobsRunning,

        @Schema(
                description =
                        "How many jobs ended how, in the present hour and the 23 before it, oldest first; hours in which none"
                                + " did are left out")
        List<EndedJson> jobsEnded,

        @Schema(description = "What is due next; 10 at most, see `GET /runs/upcoming` for more")
        List<UpcomingRunJson> upcoming,

        @Schema(
                description =
                        "What the repository takes; null for callers that are limited to some databases, and until it was"
                                + " counted first")
        @Nullable
        RepositoryUsageJson storage,

        @Schema(
                description =
                        "Of each copy of the repository what it has of the database with which it is furthest behind:"
                                + " the worst state, and the oldest of the newest snapshots")
        List<InCopyJson> copies,

        @Schema(description = "The databases whose every commit is to be taken")
        FollowingJson following) {

    /** A database that is not protected. */
    @Schema(name = "Attention", description = "A database that is not protected")
    record AttentionJson(
            @Schema(example = "orders") String database,
            @Schema(example = "STALE") Protection protection,

            @Schema(description = "When it was first seen to be as badly protected as this")
            Instant since,

            @Schema(description = "What is wrong first of all", example = "TOO_OLD")
            DatabaseProtection.@Nullable Cause cause,

            @Schema(description = "A sentence for people", example = "The last good state is older than it may be.")
            String reason,

            @Schema(description = "When it was last known to be in the state of a good snapshot; null for never")
            @Nullable
            Instant lastGoodAt,

            @Schema(
                    description = "How long ago that was; null for never, and when it is later than now",
                    example = "90000")
            @Nullable
            Long ageSeconds) {

        static AttentionJson of(Seen seen) {
            var protection = seen.protection();
            var age = protection.age();
            return new AttentionJson(
                    protection.database(),
                    protection.protection(),
                    seen.since(),
                    protection.cause(),
                    protection.reason(),
                    protection.lastGoodAt(),
                    age == null ? null : age.toSeconds());
        }
    }

    /** Jobs that ended alike. */
    @Schema(name = "EndedJobs", description = "How many jobs of a kind ended in a state within an hour")
    record EndedJson(
            @Schema(description = "Its beginning", example = "2026-03-01T02:00:00Z")
            Instant hour,

            @Schema(example = "BACKUP") JobKind kind,
            @Schema(example = "SUCCEEDED") JobState state,
            @Schema(example = "12") long jobs) {

        static EndedJson of(EndedJobs.Count count) {
            return new EndedJson(count.hour(), count.kind(), count.state(), count.jobs());
        }
    }

    /** How databases are followed. */
    @Schema(name = "FollowingSummary", description = "How it goes with the databases that are followed")
    record FollowingJson(
            @Schema(
                    description = "How many are in which state",
                    example = "{\"FOLLOWING\": 3, \"CATCHING_UP\": 0, \"PAUSED\": 1, \"UNSUITABLE\": 0}")
            Map<FollowState, Long> counts,

            @Schema(
                    description =
                            "The one of which commits have waited for the repository for longest; null when none has any")
            @Nullable
            LagJson worst) {}

    /** How far a repository is behind a database. */
    @Schema(name = "FollowingLag", description = "How far the repository is behind a database that is followed")
    record LagJson(
            @Schema(example = "orders") String database,

            @Schema(description = "How long the oldest commit that it has not got has waited", example = "1200")
            long lagMillis,

            @Schema(description = "What waits for it", example = "81920")
            long lagBytes) {}
}
