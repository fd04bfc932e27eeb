package dev.afterimage.notify;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.protection.Protection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened and may be told.
 *
 * @param databases names of those concerned; none when it is about the whole repository
 * @param job that ended; null when it is about none
 * @param protection of the one database, what it is now; null when it is not about that
 */
record Event(
        EventType type,
        List<String> databases,
        @Nullable Job job,
        @Nullable Protection protection) {

    private static final Set<ProblemCode> DAMAGE = Set.of(
            ProblemCode.CHECK_FAILED,
            ProblemCode.ASSERTION_FAILED,
            ProblemCode.SNAPSHOT_DAMAGED,
            ProblemCode.LOG_DAMAGED,
            ProblemCode.REPOSITORY_DAMAGED);

    static Event test() {
        return new Event(EventType.TEST, List.of(), null, null);
    }

    /** Empty for an end of which nobody hears, such as that of a job that was cancelled. */
    static Optional<Event> of(Job ended) {
        return Optional.ofNullable(type(ended)).map(type -> new Event(type, ended.databases(), ended, null));
    }

    private static @Nullable EventType type(Job ended) {
        boolean succeeded = ended.state() == JobState.SUCCEEDED;
        if (!succeeded && ended.state() != JobState.FAILED) {
            return null;
        }
        return switch (ended.spec()) {
            case JobSpec.Capturing _ -> succeeded ? EventType.BACKUP_SUCCEEDED : EventType.BACKUP_FAILED;
            case JobSpec.Check _, JobSpec.RepositoryCheck _, JobSpec.Repair _ ->
                foundDamage(ended) ? EventType.CHECK_FAILED : null;
            case JobSpec.Drill _ -> foundDamage(ended) ? EventType.DRILL_FAILED : null;
            case JobSpec.Restoring _ -> succeeded ? EventType.RESTORE_SUCCEEDED : EventType.RESTORE_FAILED;
            case JobSpec.Prune spec -> succeeded && !spec.order().dryRun() ? EventType.PRUNED : null;
            case JobSpec.Import _, JobSpec.Rebuild _, JobSpec.Copy _, JobSpec.Unreadable _ -> null;
        };
    }

    /** What could not be made, such as for want of room in staging, proves nothing against what is stored. */
    private static boolean foundDamage(Job ended) {
        var problem = ended.problem();
        return ended.state() == JobState.FAILED && problem != null && DAMAGE.contains(problem.code());
    }

    /** @param job that made the snapshots, or the first to end since they were found */
    static Event ofCollapse(List<String> databases, Job job) {
        return new Event(EventType.DATABASE_COLLAPSED, databases, job, null);
    }

    static Event ofProtection(EventType type, Database database, Protection protection) {
        return new Event(type, List.of(database.name()), null, protection);
    }

    /** Its part of the body: JSON-friendly, what is not known is null. */
    Map<String, Object> facts() {
        var facts = new LinkedHashMap<String, @Nullable Object>();
        facts.put("databases", databases);
        facts.put("job", job == null ? null : facts(job));
        facts.put("protection", protection);
        return facts;
    }

    private static Map<String, Object> facts(Job job) {
        var facts = new LinkedHashMap<String, @Nullable Object>();
        facts.put("id", job.id().toString());
        facts.put("kind", job.kind());
        facts.put("state", job.state());
        facts.put("startedAt", Objects.toString(job.startedAt(), null));
        facts.put("finishedAt", Objects.toString(job.finishedAt(), null));
        facts.put("result", job.result());
        facts.put("problem", job.problem());
        return facts;
    }
}
