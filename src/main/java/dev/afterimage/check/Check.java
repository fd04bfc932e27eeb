package dev.afterimage.check;

import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.SnapshotCheck;
import dev.afterimage.catalog.SnapshotChecks;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotDamagedException;
import dev.afterimage.repository.SnapshotFile;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.sqlite.CheckLevel;
import dev.afterimage.sqlite.CheckResult;
import dev.afterimage.sqlite.IntegrityCheck;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Restores a snapshot from the repository to staging and lets SQLite check the file: the proof that it can be restored. */
@Component
public class Check {

    private final Snapshots snapshots;
    private final Repository repository;
    private final SnapshotChecks checks;
    private final Clock clock;

    Check(Snapshots snapshots, Repository repository, SnapshotChecks checks, Clock clock) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.checks = checks;
        this.clock = clock;
    }

    /**
     * Checks a snapshot and records the outcome in the catalog.
     *
     * @param staging an empty directory for the restored file; the caller deletes it
     * @throws CheckFailedException when the snapshot did not pass; it is then quarantined
     */
    public SnapshotCheck run(UUID snapshotId, CheckLevel level, Path staging, PageProgress progress) {
        var snapshot = snapshots.get(snapshotId);
        var started = clock.instant();
        var result = prove(snapshot, level, staging.resolve("check.db"), progress);
        var check = new SnapshotCheck(
                TimeOrderedId.next(clock),
                snapshotId,
                level.name(),
                result.passed(),
                started,
                clock.instant(),
                result.messages(),
                result.unproven(),
                result.foreignKeyViolations());
        checks.add(check);
        if (!check.passed()) {
            throw new CheckFailedException(check, snapshot.databaseName());
        }
        return check;
    }

    /**
     * Checks several snapshots one after the other, the others too when one did not pass.
     *
     * @throws CheckFailedException when one did not pass, of the first of these
     */
    public void runAll(List<Snapshot> snapshots, CheckLevel level, Path staging, PageProgress progress) {
        CheckFailedException first = null;
        for (var snapshot : snapshots) {
            try {
                run(snapshot.id(), level, staging, progress.about(snapshot.databaseName()));
            } catch (CheckFailedException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private CheckResult prove(Snapshot snapshot, CheckLevel level, Path file, PageProgress progress) {
        int pageSize = snapshot.content().pageSize();
        try {
            var sha256 = write(snapshot, file, progress.phase("RESTORING", pageSize));
            snapshots.knowSha256(snapshot.id(), sha256);
            return IntegrityCheck.run(file, level, progress.phase("CHECKING", pageSize));
        } catch (SnapshotDamagedException | SnapshotGoneException damaged) { // findings, for which checks exist
            return new CheckResult(level, List.of(String.valueOf(damaged.getMessage())), 0);
        } finally {
            delete(file); // the next of several needs the room
        }
    }

    private String write(Snapshot snapshot, Path file, PageProgress progress) {
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            return SnapshotFile.write(reader, file, progress);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
