package dev.afterimage.cli;

import dev.afterimage.catalog.LostCatalog;
import dev.afterimage.recovery.NewHome;
import dev.afterimage.recovery.RebuildOrder;
import dev.afterimage.recovery.Rebuilt;
import dev.afterimage.repository.lease.Lease;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.StorageIdentity;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** A whole service back from its repository: a home with which it starts as it was. */
@Command(
        name = "recover",
        description =
                "Makes a new home for the service from its repository alone: databases, schedules, policies, pins,"
                        + " tokens and what else was set come back from the newest copy of the catalog in it. The service that wrote to the repository writes no more from"
                        + " then on; nothing else of it is changed. Killed on the way, it is run again.")
final class Recovery implements Callable<Integer> {

    @Option(
            names = "--from",
            required = true,
            paramLabel = "LOCATION",
            description = "The repository: a directory, s3://BUCKET/PREFIX or sftp://USER@HOST:PORT/PATH, reached as"
                    + " AFTERIMAGE_REPOSITORY_S3_ENDPOINT, AFTERIMAGE_REPOSITORY_SFTP_HOST_KEYS and the like say.")
    private @Nullable Location from;

    @Option(
            names = "--home",
            required = true,
            paramLabel = "DIR",
            description = "The new home. It must not exist, or be empty but for the repository in it.")
    private @Nullable Path home;

    @Option(
            names = "--without-tokens",
            description = "Tokens are not accepted again. For a repository that others can write.")
    private boolean withoutTokens;

    @Option(
            names = "--without-settings",
            description =
                    "Databases and snapshots alone, as the manifests say, and the lease stays with whoever has it. For a practice while the real service lives, or"
                            + " a repository that somebody else hands over.")
    private boolean withoutSettings;

    @Option(
            names = "--catalog-copy",
            paramLabel = "KEY",
            description = "The copy of the catalog to take. Default: the newest that is whole.")
    private @Nullable String catalogCopy;

    @ArgGroup
    private @Nullable Opener opener;

    @Override
    public Integer call() {
        var location = absolute(Objects.requireNonNull(from));
        var newHome = new NewHome(Objects.requireNonNull(home));
        newHome.requireEmpty(location.toString());
        var vault = new StoredRepository(location, () -> Opener.secret(opener)).openVault();
        var id = identity(location, vault);
        var order = new RebuildOrder(!withoutSettings, !withoutSettings && !withoutTokens, catalogCopy);
        try (var termination = Termination.awaited()) {
            var made = newHome.make(
                    vault, id.id(), order, Version.number(), Commands.messages().progress(termination));
            print(Commands.standardOutput(), newHome.path(), location, id, made);
            return made.rebuilt().unreadable().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
        }
    }

    private static Location absolute(Location location) {
        return switch (location) {
            case Location.Directory(Path path) ->
                new Location.Directory(path.toAbsolutePath().normalize());
            case Location.Bucket bucket -> bucket;
            case Location.Server server -> server;
        };
    }

    private static StorageIdentity identity(Location location, Vault vault) {
        return vault.storage()
                .identity()
                .orElseThrow(() -> ChoiceProblem.notARepository(location, "there is no repository.json"));
    }

    private static void print(
            PrintWriter out, Path home, Location location, StorageIdentity repository, NewHome.Made made) {
        var rebuilt = made.rebuilt();
        out.printf("home        %s%n", home);
        out.printf("repository  %s, %s%n", location, repository.id());
        printLease(out, made);
        out.printf("snapshots   %d%n", rebuilt.snapshotsAdded());
        for (var database : rebuilt.databases()) {
            out.printf(
                    "database    %s  %s  %s%n",
                    Printable.of(database.name()),
                    Printable.of(database.path()),
                    exists(database.path()) ? "exists" : "missing");
        }
        var broughtBack = rebuilt.broughtBack();
        if (broughtBack == null) {
            out.printf("settings    none: policies, schedules and tokens are to be set anew%n");
        } else {
            print(out, broughtBack);
        }
        rebuilt.passedOver()
                .forEach(copy -> out.printf("unusable    %s: %s%n", copy.copy(), Printable.of(copy.reason())));
        rebuilt.unreadable()
                .forEach(one -> out.printf("unreadable  %s: %s%n", one.manifest(), Printable.of(one.reason())));
        printNext(out, home, location, rebuilt);
        out.flush();
    }

    private static void printLease(PrintWriter out, NewHome.Made made) {
        if (made.taken() != null) {
            out.printf("lease       %d%s%n", made.taken().epoch(), takenFrom(made.takenFrom()));
        } else if (made.notTaken() != null) {
            out.printf(
                    "lease       none, before the first backup POST /api/v1/repository/lease: %s%n",
                    Printable.of(made.notTaken().detail()));
        } else {
            out.printf("lease       none: the service that writes to the repository goes on%n");
        }
    }

    private static String takenFrom(@Nullable Lease before) {
        return before == null
                ? ""
                : ", taken from %s, which had %d and writes to the repository no more"
                        .formatted(
                                before.holder() == null
                                        ? "a service of another version"
                                        : Printable.of(before.holder().host()),
                                before.epoch());
    }

    private static void print(PrintWriter out, Rebuilt.BroughtBack broughtBack) {
        var settings = broughtBack.settings();
        out.printf(
                "settings    as of %s; what was set after that is lost: %s%n",
                broughtBack.takenAt(), broughtBack.copy());
        out.printf(
                "            retention policies %d, schedules %d, heartbeats %d, webhooks %d%n",
                settings.retentionPolicies(), settings.schedules(), settings.heartbeats(), settings.webhooks());
        for (LostCatalog.Token token : settings.tokens()) {
            out.printf("token       %s  %s  %s%n", token.id(), token.scope(), Printable.of(token.name()));
        }
    }

    private static void printNext(PrintWriter out, Path home, Location location, Rebuilt rebuilt) {
        out.println();
        out.println("Start the service with these settings, and with those of the repository's key, if it is sealed:");
        out.printf("  --afterimage.home=%s%n", home);
        if (!location.toString().equals(home.resolve("repository").toString())) {
            out.printf("  --afterimage.repository.location=%s%n", location);
        }
        var directories = rebuilt.databases().stream()
                .map(Rebuilt.Adopted::path)
                .map(path -> path.substring(0, Math.max(1, path.lastIndexOf('/'))))
                .distinct()
                .sorted()
                .collect(Collectors.joining(","));
        if (!directories.isEmpty()) {
            out.printf("  --afterimage.databases.roots=%s%n", Printable.of(directories));
        }
    }

    private static boolean exists(String path) {
        try {
            return Files.exists(Path.of(path));
        } catch (InvalidPathException e) {
            return false; // no file can have that name in this locale
        }
    }
}
