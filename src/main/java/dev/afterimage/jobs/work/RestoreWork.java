package dev.afterimage.jobs.work;

import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.follow.Followers;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.TargetMode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Jobs that make database files of snapshots, or give databases the content of snapshots. */
@Component
class RestoreWork {

    private final Snapshots snapshots;
    private final Restore restore;
    private final SafetySnapshots safetySnapshots;
    private final RestoredTargets targets;
    private final Followers followers;
    private final Clock clock;

    RestoreWork(
            Snapshots snapshots,
            Restore restore,
            SafetySnapshots safetySnapshots,
            RestoredTargets targets,
            Followers followers,
            Clock clock) {
        this.snapshots = snapshots;
        this.restore = restore;
        this.safetySnapshots = safetySnapshots;
        this.targets = targets;
        this.followers = followers;
        this.clock = clock;
    }

    Map<String, Object> run(JobSpec.Restore spec, RunningJob run, Duration patience) {
        return restore(List.of(spec.item()), spec.verify(), run, patience).getFirst();
    }

    Map<String, Object> run(JobSpec.GroupRestore spec, RunningJob run, Duration patience) {
        var restored = restore(spec.items(), spec.verify(), run, patience);
        var groupId = spec.groupId();
        return groupId == null
                ? Map.of("restored", restored)
                : Map.of("groupId", groupId.toString(), "restored", restored);
    }

    /** All that can be expected to fail is done for each of them before the first target changes. */
    private List<Map<String, Object>> restore(
            List<RestoreItem> items, Verify verify, RunningJob run, Duration patience) {
        try (var _ = new Released(items);
                var parts = new RestoreParts()) {
            for (var item : likelyToFailFirst(items)) {
                prepare(item, verify, run, parts);
            }
            parts.protect(patience);
            return parts.put(run, patience, run.job().remaining(clock.instant())).stream()
                    .map(this::withMoment)
                    .toList();
        }
    }

    /** Databases whose files nobody may have open, so that we do not follow them meanwhile. */
    private final class Released implements AutoCloseable {

        private final Deque<Followers.LetGo> all = new ArrayDeque<>();

        Released(List<RestoreItem> items) {
            try {
                items.stream()
                        .filter(item -> item.target().mode() == TargetMode.REPLACE_FILE)
                        .flatMap(item -> Stream.ofNullable(item.target().databaseId()))
                        .distinct()
                        .map(followers::letGo)
                        .forEach(all::push);
            } catch (RuntimeException | Error e) {
                try (var _ = this) {
                    throw e;
                }
            }
        }

        /** All of them, also where one fails. */
        @Override
        public void close() {
            if (!all.isEmpty()) {
                try (var _ = all.pop()) {
                    close();
                }
            }
        }
    }

    private Map<String, Object> withMoment(Map<String, Object> result) {
        var told = new LinkedHashMap<>(result);
        snapshots
                .find(UUID.fromString(String.valueOf(result.get("snapshotId"))))
                .ifPresent(of -> ReachedMoment.tell(of, told));
        return told;
    }

    /** A live database may be locked, a file may be opened; that a new file cannot get its name is not to be expected. */
    private static List<RestoreItem> likelyToFailFirst(List<RestoreItem> items) {
        return items.stream()
                .sorted(Comparator.comparing(item -> switch (item.target().mode()) {
                    case REPLACE_LIVE -> 1;
                    case REPLACE_FILE -> 2;
                    case NEW_FILE -> 3;
                }))
                .toList();
    }

    private void prepare(RestoreItem item, Verify verify, RunningJob run, RestoreParts parts) {
        var done = targets.result(run.job().id(), item);
        if (done.isPresent()) {
            parts.addDone(done.get());
            return;
        }
        targets.prepare(
                run.job().id(),
                item); // should it fail, and what it has begun with cannot be removed, a start tries again
        var prepared = restore.prepare(run.job().id(), item, verify.level(), run.staging(), run);
        parts.add(new RestorePart(item, prepared, run, safetySnapshots, targets));
    }
}
