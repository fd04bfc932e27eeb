package dev.afterimage.api.restores;

import dev.afterimage.access.Caller;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.api.restores.AllRestoresJson.Each;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestorePreviews;
import dev.afterimage.restore.TargetMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Restores of all databases to their own paths, each by a job of its own: that one cannot be restored is no reason to leave the others lost. */
@Component
class AllRestores {

    static final String PATH = "/api/v1/restores/all";

    private final Databases databases;
    private final Snapshots snapshots;
    private final RestoreItems items;
    private final RestorePreviews previews;
    private final JobSubmissions submissions;
    private final Node node;

    AllRestores(
            Databases databases,
            Snapshots snapshots,
            RestoreItems items,
            RestorePreviews previews,
            JobSubmissions submissions,
            Node node) {
        this.databases = databases;
        this.snapshots = snapshots;
        this.items = items;
        this.previews = previews;
        this.submissions = submissions;
        this.node = node;
    }

    /** @throws ProblemException DATABASE_NOT_FOUND when one that is named is not registered; then no job is submitted */
    AllRestoresJson submit(AllRestoresRequest request, @Nullable String key, Caller caller) {
        return each(request, caller, database -> {
            var part = database.id().toString();
            boolean isNew =
                    submissions.earlierPart(PATH, request, key, part).isEmpty(); // else it may be why the file is there
            if (isNew && stays(database, request)) {
                return Each.present(database.name(), database.location());
            }
            var job = submissions.submitPart(PATH, request, key, part, deadline -> {
                var item = item(database, request, caller);
                var spec = new JobSpec.Restore(item, request.verify(), deadline);
                return new JobSubmissions.Wanted(spec, items.databases(List.of(item)));
            });
            var snapshot = snapshots.get(job.spec().restores().getFirst().snapshotId());
            return Each.submitted(database.location(), snapshot, job.id(), List.of());
        });
    }

    /** The same, but nothing is submitted. */
    AllRestoresJson preview(AllRestoresRequest request, Caller caller) {
        return each(request, caller, database -> {
            if (stays(database, request)) {
                return Each.present(database.name(), database.location());
            }
            var item = item(database, request, caller);
            var problems = previews.obstacles(item, items.isFollowed(item)).stream()
                    .map(problem -> ProblemJson.of(problem, PATH))
                    .toList();
            return Each.submitted(database.location(), snapshots.get(item.snapshotId()), null, problems);
        });
    }

    private AllRestoresJson each(AllRestoresRequest request, Caller caller, Function<Database, Each> restore) {
        if (request.existing() == TargetMode.NEW_FILE) {
            throw InvalidField.refused("existing", "must be REPLACE_LIVE or REPLACE_FILE, or be left out");
        }
        if (request.existing() != null && request.databases() == null) {
            throw InvalidField.refused(
                    "databases",
                    "must name the databases that may be replaced; a dry run without 'existing' tells which are PRESENT");
        }
        return new AllRestoresJson(wanted(request, caller).stream()
                .map(database -> each(database, restore))
                .toList());
    }

    private List<Database> wanted(AllRestoresRequest request, Caller caller) {
        if (request.databases() == null) {
            return databases.list(caller.visible(), null, Integer.MAX_VALUE).stream()
                    .filter(database -> database.node().equals(node.name()))
                    .toList();
        }
        return request.databases().stream()
                .sorted()
                .map(name -> databases.get(name, caller.visible()))
                .toList();
    }

    private static Each each(Database database, Function<Database, Each> restore) {
        try {
            return restore.apply(database);
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.IDEMPOTENCY_MISMATCH) {
                throw e; // of the request as a whole
            }
            return Each.refused(database.name(), database.location(), ProblemJson.of(e.problem(), PATH));
        }
    }

    private static boolean stays(Database database, AllRestoresRequest request) {
        return request.existing() == null && isThere(database);
    }

    private static boolean isThere(Database database) {
        return Files.exists(database.path(), LinkOption.NOFOLLOW_LINKS);
    }

    /** One that is not there goes to where it was, wherever a link by which it was registered leads now. */
    private RestoreItem item(Database database, AllRestoresRequest request, Caller caller) {
        var snapshot = snapshots.latest(database);
        var existing = request.existing();
        if (existing == null || !isThere(database)) {
            var target = new RestoreTargetJson(database.location(), null, TargetMode.NEW_FILE);
            return items.of(snapshot, target, null, false, caller);
        }
        var target = new RestoreTargetJson(null, database.name(), existing);
        return items.of(snapshot, target, request.safetySnapshot(), false, caller);
    }
}
