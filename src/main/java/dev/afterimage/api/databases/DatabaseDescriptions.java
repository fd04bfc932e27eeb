package dev.afterimage.api.databases;

import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.api.repository.RepositoryDescriptions;
import dev.afterimage.api.repository.UsageJson;
import dev.afterimage.backup.Advice;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Collapses;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protections;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Describes databases: what is registered, what the file says at this moment, and how well it is protected. */
@Component
class DatabaseDescriptions {

    private final DatabasePaths paths;
    private final LastKnown lastProofs;
    private final Protections protections;
    private final RepositoryDescriptions repository;
    private final Advice advice;
    private final Collapses collapses;
    private final Node node;

    DatabaseDescriptions(
            DatabasePaths paths,
            LastKnown lastProofs,
            Protections protections,
            RepositoryDescriptions repository,
            Advice advice,
            Collapses collapses,
            Node node) {
        this.paths = paths;
        this.lastProofs = lastProofs;
        this.protections = protections;
        this.repository = repository;
        this.advice = advice;
        this.collapses = collapses;
        this.node = node;
    }

    /** What the catalog knows of some databases. */
    private record Known(LastKnown.States last, Map<String, DatabaseProtection> protections) {}

    /** Without looking at the files, which may take a second each when they are locked. */
    List<DatabaseJson> registered(List<Database> databases) {
        var known = known(databases);
        return databases.stream()
                .map(database -> describe(database, known, null, null, null))
                .toList();
    }

    /** With what the files say now. That one cannot be read is a part of its description. */
    List<DatabaseJson> live(List<Database> databases) {
        var known = known(databases);
        return databases.stream().map(database -> live(database, known, null)).toList();
    }

    /** With what the file and the repository say now. */
    DatabaseJson whole(Database database) {
        return live(database, known(List.of(database)), usage(database));
    }

    private Known known(List<Database> databases) {
        return new Known(lastProofs.of(databases), protections.of(databases));
    }

    private @Nullable UsageJson usage(Database database) {
        try {
            return repository.of(database);
        } catch (StorageException e) {
            return null; // the database can be described all the same
        }
    }

    private DatabaseJson live(Database database, Known known, @Nullable UsageJson usage) {
        try {
            var path = paths.existing(database);
            return describe(database, known, DatabaseFacts.read(path), null, usage);
        } catch (ProblemException e) {
            return describe(database, known, null, e.problem(), usage);
        }
    }

    private DatabaseJson describe(
            Database database,
            Known known,
            @Nullable DatabaseFacts facts,
            @Nullable Problem problem,
            @Nullable UsageJson usage) {
        var last = known.last();
        var protection = Objects.requireNonNull(known.protections().get(database.name()));
        return new DatabaseJson(
                database.name(),
                database.location(),
                database.givenPath(),
                database.node(),
                database.labels(),
                database.createdAt(),
                database.missingSince(),
                facts == null ? null : facts.sizeBytes(),
                facts == null ? null : facts.pageSize(),
                facts == null ? null : facts.pageCount(),
                facts == null ? null : facts.journalMode(),
                facts == null ? null : facts.walBytes(),
                problem == null ? null : ProblemJson.of(problem, DatabaseJson.path(database.name())),
                facts == null ? null : advice(database, facts, last.newest(database)),
                last.snapshot(database),
                last.drill(database),
                usage,
                protection.protection(),
                protection.maxAge(),
                protection.maxFullCheckAge(),
                protection.requireCopy());
    }

    private List<String> advice(Database database, DatabaseFacts facts, @Nullable Snapshot newest) {
        var all = new ArrayList<String>();
        if (!database.node().equals(node.name())) {
            all.add(
                    "It belongs to node %s, so its schedules do not run on this one, which is %s; a PATCH of its path moves it here."
                            .formatted(database.node(), node.name()));
        }
        all.addAll(Advice.onCollapses(database.name(), collapses.open(database.id())));
        all.addAll(advice.on(database.path(), facts, newest));
        return List.copyOf(all);
    }
}
