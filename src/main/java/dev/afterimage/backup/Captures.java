package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.hook.Freeze;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.capture.ScanLock;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Begins captures of live databases: where they are, how considerate it is to be, and how they are frozen. */
@Component
class Captures {

    private final DatabasePaths paths;
    private final CaptureLimits limits;
    private final Freezing freezing;

    Captures(DatabasePaths paths, CaptureLimits limits, Freezing freezing) {
        this.paths = paths;
        this.limits = limits;
        this.freezing = freezing;
    }

    /** @throws ProblemException METHOD_NOT_POSSIBLE when it is to be frozen, and nothing tells how; or cannot be held while a command runs */
    Capturing of(
            JobCommands commands,
            Database database,
            BackupPlan plan,
            Duration patience,
            Path staging,
            PageProgress progress) {
        var source = paths.existing(database);
        var options = limits.options(patience, plan.maxBytesPerSecond(), plan.steps());
        var watching = limits.watching(List.of(source), plan.maxWalBytes(), progress);
        var during = commands.of(database).orElse(null);
        if (during != null) {
            CommandsUnderLock.requireHolding(plan.method(), during, database);
        }
        var how = how(database, plan.method());
        if (how != null) {
            var frozen = new FrozenCapturing(
                    () -> freezing.frozen(commands.jobId(), how, List.of(database)),
                    commands,
                    database,
                    source,
                    staging,
                    options,
                    watching);
            return new Capturing(source, staging, options, null, frozen, watching);
        }
        var held = during == null
                ? null
                : new HeldCapturing(
                        commands, during, lock(commands, database, plan.method()), database, source, options, watching);
        return new Capturing(source, staging, options, held, null, watching);
    }

    /** LOCKED_COPY keeps writers waiting also where the command does not need it. */
    private static ScanLock lock(JobCommands commands, Database database, Method method) {
        return ScanLock.strongest(
                method == Method.LOCKED_COPY ? ScanLock.IMMEDIATE : ScanLock.READ, commands.lock(database));
    }

    private @Nullable Chosen<Freeze> how(Database database, Method method) {
        return switch (method) {
            case AUTO -> freezing.of(database).orElse(null);
            case FILESYSTEM_SNAPSHOT -> freezing.require(database);
            case SCAN, ONLINE, LOCKED_COPY, VACUUM -> null;
        };
    }

    /** Of the databases of a group. */
    CaptureOptions options(GroupPlan plan, Duration patience) {
        return limits.options(patience, plan.maxBytesPerSecond());
    }

    PageProgress watching(GroupPlan plan, List<Database> databases, PageProgress progress) {
        return limits.watching(databases.stream().map(Database::path).toList(), plan.maxWalBytes(), progress);
    }

    /** @param lock that is held while it is pinned */
    Scan scan(Database database, CaptureOptions options, ScanLock lock, PageProgress progress) {
        return Scan.open(paths.existing(database), options, lock, progress);
    }

    /** What is to be frozen of a group; null where not the same is configured for all of its databases. */
    @Nullable
    Frozen frozen(UUID jobId, List<Database> databases) {
        var how = freezing.ofAll(databases);
        return how == null ? null : freezing.frozen(jobId, how, databases);
    }
}
