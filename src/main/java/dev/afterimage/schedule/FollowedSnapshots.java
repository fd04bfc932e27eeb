package dev.afterimage.schedule;

import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.follow.Follow;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.Follows;
import dev.afterimage.follow.Reached;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Has snapshots made of followed databases, from which their logs are replayed: the first one soon, others as often as each policy says. */
@Component
class FollowedSnapshots extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final Duration AGAIN_AFTER_FAILURE = Duration.ofMinutes(1);
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    private final Databases databases;
    private final Follows follows;
    private final Followers followers;
    private final LogAnchors anchors;
    private final Snapshots snapshots;
    private final Jobs jobs;
    private final Clock clock;

    /** The last job of each database, by the id of that. */
    private final Map<UUID, UUID> submitted = new HashMap<>();

    private final Map<UUID, Reached> quiet = new HashMap<>();

    FollowedSnapshots(
            Databases databases,
            Follows follows,
            Followers followers,
            LogAnchors anchors,
            Snapshots snapshots,
            Jobs jobs,
            Clock clock) {
        super("follow-snapshots");
        this.databases = databases;
        this.follows = follows;
        this.followers = followers;
        this.anchors = anchors;
        this.snapshots = snapshots;
        this.jobs = jobs;
        this.clock = clock;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, this::submitDue);
    }

    void submitDue() {
        var all = follows.all();
        var ids = all.stream().map(Follow::databaseId).collect(Collectors.toSet());
        submitted.keySet().retainAll(ids);
        quiet.keySet().retainAll(ids);
        for (var follow : all) {
            followers
                    .reached(follow.databaseId())
                    .filter(reached -> !isQuiet(follow.databaseId(), reached) && !mustWait(follow.databaseId()))
                    .flatMap(reached -> due(follow, reached))
                    .ifPresent(method -> submit(follow.databaseId(), method));
        }
    }

    /** Nothing was committed since it was found that none is due. */
    private boolean isQuiet(UUID databaseId, Reached reached) {
        var before = quiet.get(databaseId);
        return before != null && before.chain().equals(reached.chain()) && before.commit() == reached.commit();
    }

    private boolean mustWait(UUID databaseId) {
        return Optional.ofNullable(submitted.get(databaseId))
                .flatMap(jobs::find)
                .filter(job -> !job.state().ended() || hasJustFailed(job))
                .isPresent();
    }

    private boolean hasJustFailed(Job job) {
        var finished = job.finishedAt();
        return job.state() != JobState.SUCCEEDED
                && finished != null
                && finished.plus(AGAIN_AFTER_FAILURE).isAfter(clock.instant());
    }

    /** By which method one is to be made; empty where none is due. */
    private Optional<Method> due(Follow follow, Reached reached) {
        var newest = anchors.nearest(reached.chain(), reached.commit());
        if (newest.isEmpty()) {
            return Optional.of(Method.SCAN); // nothing else is page for page what the log is replayed over
        }
        if (reached.commit() <= newest.get().to()) {
            quiet.put(follow.databaseId(), reached);
            return Optional.empty();
        }
        return isOld(newest.get(), follow) ? Optional.of(Method.AUTO) : Optional.empty();
    }

    private boolean isOld(LogAnchor newest, Follow follow) {
        return snapshots
                .find(newest.snapshotId())
                .filter(snapshot -> isOver(snapshot.createdAt(), follow.policy().snapshotEvery()))
                .isPresent();
    }

    private boolean isOver(Instant since, Duration time) {
        return !since.plus(time).isAfter(clock.instant());
    }

    private void submit(UUID databaseId, Method method) {
        databases
                .find(databaseId)
                .ifPresent(database ->
                        submitted.put(databaseId, submit(database, method).id()));
    }

    private Job submit(Database database, Method method) {
        var plan = new BackupPlan(TimeOrderedId.next(clock), method, Map.of(), 0);
        var spec = new JobSpec.Backup(database.id(), plan, VerifyLevel.AUTO, DEADLINE);
        return jobs.submit(new Submission(spec, List.of(database.name()), Priority.LOW, null, null));
    }
}
