package dev.afterimage.check;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.catalog.snapshots.SnapshotChecks;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.PageTarget;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.repository.read.UnwritableFileException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.CheckResult;
import dev.afterimage.sqlite.check.IntegrityCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** Restores a snapshot from the repository to staging and lets SQLite check the file: the proof that it can be restored. */
@Component
public class Check {

    static final String RESTORING = "RESTORING";
    static final String CHECKING = "CHECKING";

    private final Snapshots snapshots;
    private final Repository repository;
    private final SnapshotChecks checks;
    private final Quarantines quarantines;
    private final Clock clock;

    Check(Snapshots snapshots, Repository repository, SnapshotChecks checks, Quarantines quarantines, Clock clock) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.checks = checks;
        this.quarantines = quarantines;
        this.clock = clock;
    }

    /**
     * Checks a snapshot and records the outcome in the catalog. When a stored layer is damaged, all snapshots that need
     * it are quarantined, so that the next backup builds on none of them.
     *
     * @param staging an empty directory for the restored file; the caller deletes it
     * @throws CheckFailedException when the snapshot did not pass; it is then quarantined
     */
    public SnapshotCheck run(UUID snapshotId, CheckLevel level, Path staging, PageProgress progress) {
        return run(snapshotId, level, staging, progress, _ -> {});
    }

    /** @param look into the restored file, when it has passed */
    SnapshotCheck run(UUID snapshotId, CheckLevel level, Path staging, PageProgress progress, Consumer<Path> look) {
        var snapshot = snapshots.get(snapshotId);
        var started = clock.instant();
        var file = staging.resolve("check-" + snapshotId + ".db");
        return record(snapshot, started, prove(snapshot, level, file, progress, look));
    }

    /**
     * Checks a snapshot as one copy of the repository has it, with nothing from elsewhere: that the copy alone would do. Whatever comes of that
     * changes nothing of what is known of the snapshot, which is about the repository.
     *
     * @param copy its name
     * @param staging an empty directory for the restored file; the caller deletes it
     * @throws CheckFailedException when what the copy has did not pass, or it has not got it
     * @throws ProblemException COPY_NOT_FOUND when there is no such copy; STORAGE_UNREACHABLE when it cannot be read
     */
    public CheckResult runOf(String copy, UUID snapshotId, CheckLevel level, Path staging, PageProgress progress) {
        return runOf(copy, snapshotId, level, staging, progress, _ -> {});
    }

    /** @param look into the restored file, when it has passed */
    CheckResult runOf(
            String copy, UUID snapshotId, CheckLevel level, Path staging, PageProgress progress, Consumer<Path> look) {
        var snapshot = snapshots.get(snapshotId);
        var file = staging.resolve("check-" + snapshotId + ".db");
        try {
            var result = proven(
                    () -> {
                        int pageSize = snapshot.content().pageSize();
                        try (var reader = repository.openOf(copy, snapshot.databaseId(), snapshotId)) {
                            write(reader, file, progress.phase(RESTORING, pageSize));
                        }
                        return IntegrityCheck.run(file, level, progress.phase(CHECKING, pageSize));
                    },
                    damage -> new CheckResult(level, damage));
            if (!result.passed()) {
                throw new CheckFailedException(copy, result, snapshot);
            }
            look.accept(file);
            return result;
        } finally {
            delete(file);
        }
    }

    private static <T> T proven(Supplier<T> proof, Function<List<String>, T> finding) {
        try {
            return proof.get();
        } catch (SnapshotDamagedException | SnapshotGoneException damage) {
            return finding.apply(List.of(String.valueOf(damage.getMessage())));
        }
    }

    /**
     * Checks a file of which a snapshot is to be made.
     *
     * @param file opened as immutable; nothing appears beside it
     * @throws ProblemException CHECK_FAILED when it did not pass
     */
    public CheckResult file(Path file, CheckLevel level, PageProgress progress) {
        var result = IntegrityCheck.run(file, level, progress);
        if (!result.passed()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.CHECK_FAILED,
                    "The %s check of the file found: %s"
                            .formatted(result.level(), String.join("; ", result.messages())),
                    "`messages` has what SQLite printed. No snapshot was made. Send another file, or what sqlite3's .recover"
                            + " salvages of this one.",
                    Map.of("messages", result.messages())));
        }
        return result;
    }

    /**
     * Reads a snapshot from the repository, and proves that it has each byte of the file that it was made of, which passed a
     * check before; records that as a check of the snapshot. It takes no room in staging.
     *
     * @throws CheckFailedException when what is stored is damaged; the snapshot is then quarantined
     */
    public SnapshotCheck confirm(UUID snapshotId, CheckResult ofFile, PageProgress progress) {
        var snapshot = snapshots.get(snapshotId);
        var started = clock.instant();
        return record(
                snapshot,
                started,
                proven(
                        snapshot,
                        () -> {
                            readBack(snapshot, progress);
                            return ofFile;
                        },
                        damage -> new CheckResult(ofFile.level(), damage)));
    }

    private SnapshotCheck record(Snapshot snapshot, Instant started, CheckResult result) {
        return record(
                snapshot,
                new SnapshotCheck(
                        TimeOrderedId.next(clock),
                        snapshot.id(),
                        result.level().name(),
                        result.passed(),
                        started,
                        clock.instant(),
                        result.messages(),
                        result.contentViolations(),
                        result.contentMessages(),
                        result.foreignKeyViolations(),
                        result.unproven()));
    }

    /**
     * Records a check that another has made, at which SQLite looked at nothing.
     *
     * @param found damage; empty when it passed
     */
    SnapshotCheck record(Snapshot snapshot, Instant started, Snapshot.Level level, List<String> found) {
        return record(
                snapshot,
                new SnapshotCheck(
                        TimeOrderedId.next(clock),
                        snapshot.id(),
                        level.name(),
                        found.isEmpty(),
                        started,
                        clock.instant(),
                        found));
    }

    private SnapshotCheck record(Snapshot snapshot, SnapshotCheck check) {
        checks.add(check);
        if (!check.passed()) {
            throw new CheckFailedException(check, snapshot.databaseName());
        }
        return check;
    }

    private CheckResult prove(
            Snapshot snapshot, CheckLevel level, Path file, PageProgress progress, Consumer<Path> look) {
        int pageSize = snapshot.content().pageSize();
        try {
            var result = proven(
                    snapshot,
                    () -> {
                        var sha256 = write(snapshot, file, progress.phase(RESTORING, pageSize));
                        snapshots.knowSha256(snapshot.id(), sha256);
                        return IntegrityCheck.run(file, level, progress.phase(CHECKING, pageSize));
                    },
                    damage -> new CheckResult(level, damage));
            if (result.passed()) {
                look.accept(file);
            }
            return result;
        } finally {
            delete(file); // the next of several needs the room
        }
    }

    /**
     * What a proof tells; damage of what is stored is a finding, for which checks exist.
     *
     * @param finding makes of damage what a proof tells
     */
    <T> T proven(Snapshot snapshot, Supplier<T> proof, Function<List<String>, T> finding) {
        try {
            return proof.get();
        } catch (SnapshotDamagedException damaged) {
            quarantineOthers(snapshot, damaged);
            return finding.apply(List.of(String.valueOf(damaged.getMessage())));
        } catch (SnapshotGoneException gone) {
            return finding.apply(List.of(String.valueOf(gone.getMessage())));
        }
    }

    private String write(Snapshot snapshot, Path file, PageProgress progress) {
        try (var reader = repository.openHere(snapshot.databaseId(), snapshot.id())) {
            return write(reader, file, progress);
        }
    }

    private static String write(SnapshotReader reader, Path file, PageProgress progress) {
        try {
            return SnapshotFile.passing(file).prove(reader, progress);
        } catch (UnwritableFileException e) {
            throw StagingProblem.of(file, e.refusal());
        }
    }

    private void readBack(Snapshot snapshot, PageProgress progress) {
        try (var reader = repository.openHere(snapshot.databaseId(), snapshot.id())) {
            reader.proveTo(
                    PageTarget.NOWHERE,
                    progress.phase("PROVING", snapshot.content().pageSize()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Else the next backups would build on one of them, and be damaged by the same layer. */
    private void quarantineOthers(Snapshot snapshot, SnapshotDamagedException damaged) {
        if (damaged.layerId() != null) {
            quarantines.ofLayer(snapshot.databaseId(), snapshot.databaseName(), damaged.layerId());
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }
}
