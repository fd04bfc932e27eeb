package dev.afterimage.restore;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Decides where a restore may write, before anything is queued or written. */
@Component
public class RestoreTargets {

    private final Databases databases;
    private final DatabasePaths paths;

    RestoreTargets(Databases databases, DatabasePaths paths) {
        this.databases = databases;
        this.paths = paths;
    }

    /**
     * A registered database as the target.
     *
     * @throws dev.afterimage.problem.ProblemException DATABASE_NOT_FOUND when none is registered under the name
     * @throws dev.afterimage.catalog.databases.PathNotAllowedException when it may not be written where it is
     * @throws dev.afterimage.problem.ProblemException DATABASE_MOVED when it was registered by a path that leads elsewhere by now
     * @throws TargetException when the mode does not fit what is there
     */
    public RestoreTarget database(String name, TargetMode mode) {
        var database = databases.get(name);
        return fitting(new RestoreTarget(paths.creatable(database), mode, database.id()));
    }

    /**
     * A file as the target.
     *
     * @throws dev.afterimage.catalog.databases.PathNotAllowedException when it may not be written there
     * @throws dev.afterimage.problem.ProblemException TARGET_OTHER_DATABASE when only another database than the snapshot's is registered there
     * @throws TargetException when the mode does not fit what is there
     */
    public RestoreTarget file(String path, TargetMode mode, Snapshot snapshot) {
        var resolved = paths.creatable(path);
        return fitting(new RestoreTarget(resolved, mode, registered(resolved, snapshot)));
    }

    /**
     * Whether somebody for whom only some databases exist may write there: in the directories of these, not where others
     * are registered, and over a file only where some are. Of any other place not even the file system is asked, so that the answer
     * tells nothing of it.
     *
     * @throws dev.afterimage.catalog.databases.PathNotAllowedException when nothing may be written there
     */
    public boolean openTo(String path, TargetMode mode, VisibleDatabases visible) {
        var directories = databases.directories(visible);
        if (!isInAny(directories, DatabasePaths.given(path))) {
            return false;
        }
        var resolved = paths.creatable(path);
        if (!isInAny(directories, resolved)) {
            return false;
        }
        int registered = databases.at(resolved).size();
        boolean allExist = databases.at(resolved, visible).size() == registered;
        return switch (mode) {
            case NEW_FILE -> allExist;
            case REPLACE_LIVE, REPLACE_FILE -> allExist && registered > 0;
        };
    }

    private static boolean isInAny(Set<Path> directories, Path file) {
        return directories.contains(file.getParent());
    }

    private @Nullable UUID registered(Path path, Snapshot snapshot) {
        var registered = databases.at(path);
        if (registered.isEmpty()) {
            return null;
        }
        if (registered.stream().map(Database::id).noneMatch(snapshot.databaseId()::equals)) {
            throw new TargetException(Problem.of(
                    ProblemCode.TARGET_OTHER_DATABASE,
                    "%s is the file of another database, '%s'"
                            .formatted(
                                    path,
                                    registered.stream().map(Database::name).collect(Collectors.joining("', '")))));
        }
        return snapshot.databaseId();
    }

    private static RestoreTarget fitting(RestoreTarget target) {
        switch (target.mode()) {
            case NEW_FILE -> NewFile.requireAbsent(target.path());
            case REPLACE_LIVE, REPLACE_FILE -> ReplaceFile.requireRegularFile(target.path());
        }
        return target;
    }
}
