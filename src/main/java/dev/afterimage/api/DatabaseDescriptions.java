package dev.afterimage.api;

import dev.afterimage.backup.Advice;
import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.DatabasePaths;
import dev.afterimage.jobs.Protections;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.DatabaseFacts;
import dev.afterimage.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Describes databases: what is registered, what the file says at this moment, and how well it is protected. */
@Component
class DatabaseDescriptions {

    private final DatabasePaths paths;
    private final LastProofs lastProofs;
    private final Protections protections;
    private final RepositoryDescriptions repository;
    private final Advice advice;

    DatabaseDescriptions(
            DatabasePaths paths,
            LastProofs lastProofs,
            Protections protections,
            RepositoryDescriptions repository,
            Advice advice) {
        this.paths = paths;
        this.lastProofs = lastProofs;
        this.protections = protections;
        this.repository = repository;
        this.advice = advice;
    }

    /** Without looking at the file, which may take a second when it is locked. */
    DatabaseJson registered(Database database) {
        return describe(database, null, null, null);
    }

    /** With what the file says now. That it cannot be read is a part of the description. */
    DatabaseJson live(Database database) {
        return live(database, null);
    }

    /** With what the file and the repository say now. */
    DatabaseJson whole(Database database) {
        return live(database, usage(database));
    }

    private @Nullable UsageJson usage(Database database) {
        try {
            return repository.of(database);
        } catch (StorageException.Unreachable e) {
            return null; // the database can be described all the same
        }
    }

    private DatabaseJson live(Database database, @Nullable UsageJson usage) {
        try {
            var path = paths.existing(database);
            return describe(database, DatabaseFacts.read(path), null, usage);
        } catch (ProblemException e) {
            return describe(database, null, e.problem(), usage);
        }
    }

    private DatabaseJson describe(
            Database database, @Nullable DatabaseFacts facts, @Nullable Problem problem, @Nullable UsageJson usage) {
        var protection = protections.of(database);
        return new DatabaseJson(
                database.name(),
                database.path().toString(),
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
                facts == null ? null : advice.on(database.path(), facts, lastProofs.newest(database)),
                lastProofs.snapshot(database),
                lastProofs.drill(database),
                usage,
                protection.protection(),
                protection.maxAge());
    }
}
