package dev.afterimage.api.summary;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.protection.InCopyJson;
import dev.afterimage.api.protection.ProtectionsJson;
import dev.afterimage.api.repository.RepositoryUsageJson;
import dev.afterimage.api.schedules.UpcomingRunJson;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.follow.Follow;
import dev.afterimage.follow.FollowStanding;
import dev.afterimage.follow.FollowState;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.Follows;
import dev.afterimage.jobs.queue.EndedJobs;
import dev.afterimage.jobs.queue.JobFilter;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.protection.RecentProtections;
import dev.afterimage.protection.RecentProtections.Seen;
import dev.afterimage.retention.RepositoryGrowth;
import dev.afterimage.schedule.UpcomingRuns;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Clock;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** How it goes with everything, in one answer that costs little. */
@Tag(name = "Protection")
@RestController
@RequestMapping("/api/v1")
class SummaryController {

    private static final int MOST_ATTENTION = 20;
    private static final int MOST_RUNNING = 20;
    private static final int MOST_UPCOMING = 10;
    private static final int HOURS = 24;

    private static final Comparator<Seen> WORST_FIRST = Comparator.<Seen, Integer>comparing(
                    seen -> seen.protection().protection().ordinal())
            .thenComparing(Seen::since)
            .thenComparing(seen -> seen.protection().database());

    private final RecentProtections protections;
    private final Jobs jobs;
    private final EndedJobs ended;
    private final UpcomingRuns upcoming;
    private final RepositoryGrowth growth;
    private final Followers followers;
    private final Follows follows;
    private final Databases databases;
    private final Node node;
    private final Clock clock;

    SummaryController(
            RecentProtections protections,
            Jobs jobs,
            EndedJobs ended,
            UpcomingRuns upcoming,
            RepositoryGrowth growth,
            Followers followers,
            Follows follows,
            Databases databases,
            Node node,
            Clock clock) {
        this.protections = protections;
        this.jobs = jobs;
        this.ended = ended;
        this.upcoming = upcoming;
        this.growth = growth;
        this.followers = followers;
        this.follows = follows;
        this.databases = databases;
        this.node = node;
        this.clock = clock;
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(
            operationId = "getSummary",
            summary = "Show how it goes with everything",
            description =
                    "Of the databases that exist for the caller. Looks at no file and walks through no storage: made to be"
                            + " asked for again and again.")
    @GetMapping("/summary")
    SummaryJson get(@AuthenticationPrincipal Caller caller) {
        var visible = caller.visible();
        var look = protections.all(visible);
        var all = look.databases().stream().map(Seen::protection).toList();
        return new SummaryJson(
                clock.instant(),
                node.name(),
                all.size(),
                look.at(),
                ProtectionsJson.counts(all),
                attention(look.databases()),
                jobs.count(JobState.QUEUED, visible),
                jobs.list(new JobFilter(null, null, JobState.RUNNING, visible), null, MOST_RUNNING).items().stream()
                        .map(JobJson::of)
                        .toList(),
                ended.last(HOURS, visible).stream()
                        .map(SummaryJson.EndedJson::of)
                        .toList(),
                upcoming.list(visible, null, MOST_UPCOMING).items().stream()
                        .map(UpcomingRunJson::of)
                        .toList(),
                visible.limited()
                        ? null
                        : growth.latest().map(RepositoryUsageJson::of).orElse(null),
                InCopyJson.worst(all),
                following(visible));
    }

    private static List<SummaryJson.AttentionJson> attention(List<Seen> all) {
        return all.stream()
                .filter(seen -> !seen.protection().isProtected())
                .sorted(WORST_FIRST)
                .limit(MOST_ATTENTION)
                .map(SummaryJson.AttentionJson::of)
                .toList();
    }

    private SummaryJson.FollowingJson following(VisibleDatabases visible) {
        var names = visible.limited() ? databases.names(visible) : null;
        var running = followers.standings();
        var standings = running.entrySet().stream()
                .filter(one -> exists(one.getKey(), names))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        var counts = new EnumMap<FollowState, Long>(FollowState.class);
        Arrays.stream(FollowState.values()).forEach(state -> counts.put(state, 0L));
        standings.values().forEach(standing -> counts.merge(standing.state(), 1L, Long::sum));
        var all = follows.all();
        if (all.size() > running.size()) {
            all.stream()
                    .filter(follow -> rests(follow, running, names))
                    .map(follow -> follow.paused() ? FollowState.PAUSED : FollowState.UNSUITABLE)
                    .forEach(state -> counts.merge(state, 1L, Long::sum));
        }
        return new SummaryJson.FollowingJson(counts, worst(standings));
    }

    private boolean rests(Follow follow, Map<String, FollowStanding> running, @Nullable Set<String> names) {
        return databases
                .find(follow.databaseId())
                .filter(database -> !running.containsKey(database.name()) && exists(database.name(), names))
                .isPresent();
    }

    private static boolean exists(String name, @Nullable Set<String> names) {
        return names == null || names.contains(name);
    }

    private static SummaryJson.@Nullable LagJson worst(Map<String, FollowStanding> standings) {
        return standings.entrySet().stream()
                .filter(one -> one.getValue().lag().isPositive())
                .max(Map.Entry.comparingByValue(Comparator.comparing(FollowStanding::lag)))
                .map(one -> new SummaryJson.LagJson(
                        one.getKey(),
                        one.getValue().lag().toMillis(),
                        one.getValue().lagBytes()))
                .orElse(null);
    }
}
