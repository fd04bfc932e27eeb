package dev.afterimage.backup;

import dev.afterimage.backup.FileSystemSnapshots.Unreleased;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.hook.Freeze;
import dev.afterimage.hook.HookFailedException;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.ScanLock;
import dev.afterimage.sqlite.state.FrozenFiles;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Databases whose files are frozen at one instant. Closing it releases them, whatever has happened. */
final class Frozen implements AutoCloseable {

    private static final String PHASE = "FREEZING";

    private final Freezing freezing;
    private final UUID jobId;
    private final Chosen<Freeze> how;
    private final List<Database> databases;
    private @Nullable Unreleased noted;
    private boolean created;

    Frozen(Freezing freezing, UUID jobId, Chosen<Freeze> how, List<Database> databases) {
        this.freezing = freezing;
        this.jobId = jobId;
        this.how = how;
        this.databases = databases;
    }

    /** Under which they are to be frozen; empty for none. */
    Optional<ScanLock> lock() {
        return switch (how.value().lock()) {
            case NONE -> Optional.empty();
            case READ -> Optional.of(ScanLock.READ);
            case IMMEDIATE -> Optional.of(ScanLock.IMMEDIATE);
        };
    }

    /** Why the method was taken that nobody has asked for. */
    String reason() {
        return "afterimage.file-system-snapshots.%s is configured for it.".formatted(how.key());
    }

    /**
     * Notes what will have to be released. To be called before anything is locked.
     *
     * @throws ProblemException FROZEN_FILES_UNUSABLE when there is something where the frozen files are to appear, which could be taken for them
     * @throws HookFailedException when what an earlier try of the job has left cannot be released
     */
    void prepare() {
        var paths = paths();
        var frozen = new Unreleased(
                UUID.randomUUID(),
                jobId,
                how.key(),
                Freezing.facts(
                        jobId,
                        databases,
                        paths.values().stream().map(Path::toString).toList()));
        freezing.begin(frozen);
        noted = frozen;
        requireNothingAt(paths);
    }

    /**
     * Sees what can be seen before anything is noted or run.
     *
     * @throws ProblemException FROZEN_FILES_UNUSABLE as {@link #prepare}
     */
    void requireNothingThere() {
        requireNothingAt(paths());
    }

    private static void requireNothingAt(Map<UUID, Path> paths) {
        paths.values().stream()
                .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                .findFirst()
                .ifPresent(path -> {
                    throw FrozenFiles.unusable(path, "there is a file before `create` has run", null);
                });
    }

    private Map<UUID, Path> paths() {
        var paths = new LinkedHashMap<UUID, Path>();
        for (var database : databases) {
            paths.put(database.id(), path(database));
        }
        return paths;
    }

    /** Where the frozen file of one of them is. */
    Path path(Database database) {
        try {
            return how.value().frozen(database.name(), database.path(), jobId.toString());
        } catch (IllegalArgumentException e) {
            throw FrozenFiles.unusable(Path.of(how.value().path()), String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Has them frozen.
     *
     * @param meanwhile called each tenth of a second; when that throws, the command is ended
     * @throws HookFailedException when the command fails, or takes too long
     */
    void create(PageProgress progress, Runnable meanwhile) {
        var inPhase = progress.phase(PHASE, 1);
        created = true;
        freezing.create(how.value(), Objects.requireNonNull(noted, "it is prepared first"), () -> {
            inPhase.pages(0, 0);
            meanwhile.run();
        });
    }

    @Override
    public void close() {
        if (noted != null) {
            freezing.end(noted, created);
        }
    }
}
