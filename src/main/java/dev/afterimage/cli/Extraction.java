package dev.afterimage.cli;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.restore.NewFile;
import dev.afterimage.restore.Restore;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.CheckResult;
import dev.afterimage.sqlite.check.IntegrityCheck;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Makes a database file of a snapshot, with nothing but the repository. */
record Extraction(StoredRepository stored, String databaseName, SnapshotChoice choice, Path file, FileCheck check) {

    /**
     * A file that has been made of a snapshot.
     *
     * @param check what its check found; empty when none was asked for
     */
    record Extracted(Path path, Manifest snapshot, String sha256, Optional<CheckResult> check) {

        void print(PrintWriter out) {
            out.printf("path       %s%n", path);
            out.printf("bytes      %d%n", snapshot.sizeBytes());
            out.printf("sha256     %s%n", sha256);
            out.printf("snapshot   %s%n", snapshot.id());
            out.printf("createdAt  %s%n", snapshot.createdAt());
            check.ifPresent(result -> {
                out.printf("check      %s passed%n", result.level());
                result.unproven().forEach(line -> out.printf("unproven   %s%n", line));
                result.contentMessages().forEach(line -> out.printf("content    %s%n", line));
                if (result.foreignKeyViolations() > 0) {
                    out.printf("orphans    %d rows without their parent row%n", result.foreignKeyViolations());
                }
            });
        }
    }

    /**
     * Makes the file. After a failure nothing of it is left; after {@code kill -9} or a power failure there may be a
     * hidden file beside it, whose name begins with a dot and the file's name.
     *
     * @throws dev.afterimage.problem.ProblemException when it could not be done
     * @throws java.util.concurrent.CancellationException when this process was told to end
     */
    Extracted run(Messages messages) {
        var target = file.toAbsolutePath().normalize();
        NewFile.requireAbsent(target);
        var repository = stored.open();
        var database = StoredDatabase.named(repository, databaseName);
        messages.warnOfUnreadable(database);
        var snapshot = database.snapshot(repository, choice);
        try (var newFile = NewFile.open(real(target), UUID.randomUUID());
                var termination = Termination.awaited()) {
            newFile.requireRoom(snapshot.sizeBytes());
            return make(newFile, repository, database, snapshot, messages.progress(termination));
        }
    }

    /** Links on the way to it are the caller's own; one that comes later is noticed. */
    private static Path real(Path target) {
        try {
            return Objects.requireNonNull(target.getParent(), "it is a file")
                    .toRealPath()
                    .resolve(target.getFileName());
        } catch (IOException e) {
            return target; // of which it is told, when it is opened, why not
        }
    }

    private Extracted make(
            NewFile newFile, Repository repository, StoredDatabase database, Manifest snapshot, PageProgress progress) {
        try {
            var sha256 = write(newFile.create(), repository, database, snapshot, progress);
            var result = check.level().map(level -> check(newFile.temporary(), snapshot, level, progress));
            newFile.publish();
            return new Extracted(newFile.target(), snapshot, sha256, result);
        } finally {
            newFile.discard();
        }
    }

    private static String write(
            Path temporary, Repository repository, StoredDatabase database, Manifest snapshot, PageProgress progress) {
        try (var reader = repository.open(snapshot)) {
            return SnapshotFile.lasting(temporary).prove(reader, progress.phase("RESTORING", snapshot.pageSize()));
        } catch (UnusableSnapshotException e) {
            throw ChoiceProblem.damaged(e, database.othersThan(snapshot.id()));
        }
    }

    private static CheckResult check(Path temporary, Manifest snapshot, CheckLevel level, PageProgress progress) {
        var result = IntegrityCheck.run(temporary, level, progress.phase("CHECKING", snapshot.pageSize()));
        if (!result.passed()) {
            throw Restore.failedCheck(snapshot.id(), result);
        }
        return result;
    }
}
