package dev.afterimage.copies;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.databases.DatabaseRoots;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Storages;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.Rate;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.s3.S3Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The copies that are configured, by name. */
public class Copies {

    /**
     * A copy.
     *
     * @param maxAge how old its newest snapshot of a database may be; null for as old as in the repository
     * @param keep which snapshots of each database stay there; null for those that the repository keeps
     * @param rate at which the repository is read for it
     * @param sending at which is sent, to another machine
     * @param delete whether anything is ever deleted there
     */
    public record Copy(
            String name,
            Location location,
            Storage storage,
            @Nullable Duration maxAge,
            @Nullable RetentionPolicy keep,
            Rate rate,
            Rate sending,
            boolean delete) {

        /** The same by a storage that stands before its own. */
        Copy by(Storage before) {
            return new Copy(name, location, before, maxAge, keep, rate, sending, delete);
        }
    }

    private final Map<String, Copy> copies = new LinkedHashMap<>();

    /**
     * Opens them; asks none of their places.
     *
     * @param repository how to reach the repository, where it is a bucket
     * @throws StartRefusedException when a copy lies where the repository, another copy, or databases of applications lie
     */
    public Copies(CopySettings settings, Node node, S3Settings repository, Adoptions adoptions, DatabaseRoots roots) {
        var taken = new ArrayList<Taken>();
        taken.add(new Taken("the repository", Location.parse(node.repository()), "" + repository.endpoint()));
        settings.copies().forEach((name, copy) -> {
            var place = new Taken(
                    "copy " + name,
                    Location.parse(copy.location()),
                    "" + copy.s3().endpoint());
            requireOutside(place, roots);
            taken.forEach(place::requireApart);
            taken.add(place);
            var sending = new Rate(bytesPerSecond(copy));
            var storage = Storages.open(
                    place.location(),
                    copy.s3(),
                    copy.sftp(),
                    node.unsent().resolve(name),
                    0,
                    sending,
                    adoptions::current);
            var keep = copy.keep();
            copies.put(
                    name,
                    new Copy(
                            name,
                            place.location(),
                            storage,
                            copy.maxAge(),
                            keep == null ? null : keep.policy(),
                            new Rate(bytesPerSecond(copy)),
                            sending,
                            copy.delete()));
        });
    }

    private static long bytesPerSecond(CopySettings.OfCopy copy) {
        var rate = copy.rate();
        return rate == null ? 0 : rate.toBytes();
    }

    private record Taken(String what, Location location, String endpoint) {

        void requireApart(Taken other) {
            if (isWithin(this, other) || isWithin(other, this)) {
                throw new StartRefusedException(
                        "%s and %s are in one place: %s and %s".formatted(what, other.what, location, other.location),
                        "Give each copy a place of its own, on another disk or at another provider");
            }
        }

        private static boolean isWithin(Taken one, Taken other) {
            var inner = one.location;
            return switch (other.location) {
                case Location.Directory(Path path) ->
                    inner instanceof Location.Directory(Path under)
                            && real(under).startsWith(real(path));
                case Location.Bucket(String name, String prefix) ->
                    inner instanceof Location.Bucket bucket
                            && bucket.name().equals(name)
                            && bucket.prefix().startsWith(prefix)
                            && one.endpoint.equals(other.endpoint);
                case Location.Server server ->
                    inner instanceof Location.Server under
                            && under.host().equals(server.host())
                            && under.port() == server.port()
                            && (under.path() + "/").startsWith(server.path() + "/");
            };
        }
    }

    private static void requireOutside(Taken place, DatabaseRoots roots) {
        if (place.location() instanceof Location.Directory(Path path)
                && roots.roots().stream()
                        .anyMatch(root ->
                                real(path).startsWith(real(root)) || real(root).startsWith(real(path)))) {
            throw new StartRefusedException(
                    "%s is under afterimage.databases.roots, or these are under it: %s".formatted(place.what(), path),
                    "Put the copy elsewhere, on another disk");
        }
    }

    /** As far as it is there, with links resolved. */
    private static Path real(Path path) {
        var absolute = path.toAbsolutePath().normalize();
        var part = absolute;
        while (part != null && !Files.exists(part)) { // it is not there yet, or not mounted
            part = part.getParent();
        }
        try {
            return part == null
                    ? absolute
                    : part.toRealPath().resolve(part.relativize(absolute)).normalize();
        } catch (IOException e) {
            return absolute;
        }
    }

    public List<Copy> all() {
        return List.copyOf(copies.values());
    }

    public Optional<Copy> find(String name) {
        return Optional.ofNullable(copies.get(name));
    }

    /** @throws ProblemException COPY_NOT_FOUND when none of that name is configured */
    public Copy get(String name) {
        return find(name)
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.COPY_NOT_FOUND,
                        "No copy of the repository is configured as '%s'".formatted(name))));
    }

    /** To read from what cannot be read from the repository. */
    public List<Vault.Copy> readable(Supplier<Optional<Secret>> secret, Clock clock) {
        return copies.values().stream()
                .map(copy -> new Vault.Copy(copy.name(), new Vault(copy.storage(), secret, clock)))
                .toList();
    }
}
