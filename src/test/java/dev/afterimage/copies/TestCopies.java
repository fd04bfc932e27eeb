package dev.afterimage.copies;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.DatabaseRoots;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.protection.CopyAges;
import dev.afterimage.repository.Repository;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.storage.s3.S3Settings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Copies of the repository of a test's home, in directories of the test. */
public final class TestCopies {

    private TestCopies() {}

    /** @param directories by the names of the copies; from these is deleted what the repository deletes */
    public static Copies of(TestBackups backups, Map<String, Path> directories) {
        return of(backups, directories, true);
    }

    /** The same of a catalog without backups. */
    public static Copies of(TestCatalog catalog, Map<String, Path> directories) {
        return of(catalog, directories, true);
    }

    static Copies of(TestBackups backups, Map<String, Path> directories, boolean delete) {
        return of(backups.catalog, directories, delete);
    }

    private static Copies of(TestCatalog catalog, Map<String, Path> directories, boolean delete) {
        return of(
                catalog,
                new CopySettings(directories.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                copy -> new CopySettings.OfCopy(
                                        copy.getValue().toString(), null, null, null, null, null, delete)))));
    }

    static Copies of(TestCatalog catalog, CopySettings settings) {
        var roots = new DatabaseRoots(List.of(Path.of("/no/databases/here")));
        return new Copies(settings, catalog.node, S3Settings.NONE, catalog.adoptions, roots);
    }

    /** What protection knows of them. */
    public static CopyAges ages(TestCatalog catalog, Copies copies) {
        return new CopyAges(copies, catalog.copied, new CopyStates(copies, catalog.copies, catalog.copied));
    }

    /** One copy, of which the settings say more. */
    static Copies of(TestBackups backups, String name, CopySettings.OfCopy copy) {
        return of(backups.catalog, new CopySettings(Map.of(name, copy)));
    }

    public static Copying copying(TestBackups backups, Copies copies, Clock clock) {
        return copying(backups, copies, backups.repository, clock);
    }

    static Copying copying(TestBackups backups, Copies copies, Repository repository, Clock clock) {
        return copying(backups, copies, repository, new WaitingSegments(), clock);
    }

    static Copying copying(
            TestBackups backups, Copies copies, Repository repository, WaitingSegments waiting, Clock clock) {
        var known = backups.catalog.copied;
        return new Copying(
                copies,
                backups.catalog.copies,
                known,
                repository,
                backups.catalog.adoptions,
                backups.catalog.node,
                new CopyRetention(
                        known, backups.catalog.unneededOfCopies, TestRemoval.plans(backups, clock), repository, clock),
                new LogCuts(backups.catalog.catalog),
                waiting,
                clock);
    }

    /** What gives them the segments of logs, with the jobs that bring what waits. */
    public record Logs(LogCopies copies, Copying copying) {

        public static Logs of(TestBackups backups, Copies copies, Clock clock) {
            var waiting = new WaitingSegments();
            var copying = TestCopies.copying(backups, copies, backups.repository, waiting, clock);
            return new Logs(
                    new LogCopies(
                            copies,
                            backups.catalog.copies,
                            waiting,
                            copying,
                            backups.repository,
                            backups.catalog.adoptions,
                            backups.catalog.node,
                            clock),
                    copying);
        }
    }

    /** Of a service that has no copies. */
    public static LogCopies ofLogsToNowhere(TestCatalog catalog, Clock clock) {
        var none = of(catalog, Map.of());
        return new LogCopies(
                none, catalog.copies, new WaitingSegments(), null, null, catalog.adoptions, catalog.node, clock);
    }
}
