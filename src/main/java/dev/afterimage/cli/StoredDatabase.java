package dev.afterimage.cli;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.objects.ManifestListing;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** A database as its manifests tell of it: there is no catalog to ask. */
record StoredDatabase(UUID id, ManifestListing listing) {

    private static final int TIME_ORDERED = 7;

    static StoredDatabase of(Repository repository, UUID id) {
        return new StoredDatabase(id, repository.list(id));
    }

    static List<StoredDatabase> all(Repository repository) {
        return repository.databases().stream().map(id -> of(repository, id)).toList();
    }

    /**
     * The one database of that id, or of that name.
     *
     * @throws ProblemException when there is none, or more than one of the name: it was registered anew
     */
    static StoredDatabase named(Repository repository, String nameOrId) {
        for (var id : repository.databases()) {
            if (id.toString().equalsIgnoreCase(nameOrId)) {
                return of(repository, id);
            }
        }
        var all = all(repository);
        var named = all.stream()
                .filter(database -> database.name().filter(nameOrId::equals).isPresent())
                .toList();
        return switch (named.size()) {
            case 0 -> throw ChoiceProblem.noDatabase(nameOrId, all);
            case 1 -> named.getFirst();
            default -> throw ChoiceProblem.severalDatabases(nameOrId, named);
        };
    }

    /** Its name in the newest manifest that can be read. */
    Optional<String> name() {
        return listing.readable().reversed().stream().findFirst().map(Manifest::databaseName);
    }

    /** @throws ProblemException when there is no such snapshot, or its manifest cannot be read */
    Manifest snapshot(Repository repository, SnapshotChoice choice) {
        return choice.isLatest() ? latest(repository, choice) : find(repository, only(repository, choice), choice);
    }

    /**
     * The newest that can be read and is no safety snapshot, unless one that cannot be read may be newer: an older one is no silent substitute.
     */
    private Manifest latest(Repository repository, SnapshotChoice choice) {
        var readable = listing.readable().stream().map(Manifest::id).collect(Collectors.toSet());
        for (var other : repository.snapshotIds(id)) {
            if (!readable.contains(other)
                    && (readable.isEmpty()
                            || mayBeNewer(other, listing.readable().getLast().id()))) {
                find(repository, other, choice);
            }
        }
        return listing.readable().reversed().stream()
                .filter(manifest -> !manifest.takenForSafety())
                .findFirst()
                .orElseThrow(() -> ChoiceProblem.noSnapshot(choice, this));
    }

    /** Ids are made in the order of time; of an id that was not made by Afterimage nothing is known. */
    private static boolean mayBeNewer(UUID one, UUID other) {
        boolean comparable = one.version() == TIME_ORDERED && other.version() == TIME_ORDERED;
        return !comparable || Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits()) > 0;
    }

    private UUID only(Repository repository, SnapshotChoice choice) {
        Set<UUID> fitting =
                repository.snapshotIds(id).stream().filter(choice::fits).collect(Collectors.toSet());
        return switch (fitting.size()) {
            case 0 -> throw ChoiceProblem.noSnapshot(choice, this);
            case 1 -> fitting.iterator().next();
            default -> throw ChoiceProblem.severalSnapshots(choice, fitting);
        };
    }

    private Manifest find(Repository repository, UUID snapshotId, SnapshotChoice choice) {
        try {
            return repository.find(id, snapshotId).orElseThrow(() -> ChoiceProblem.noSnapshot(choice, this));
        } catch (UnusableSnapshotException e) {
            throw ChoiceProblem.damaged(e, othersThan(snapshotId));
        }
    }

    /** Newest first. */
    List<Manifest> othersThan(UUID snapshotId) {
        return listing.readable().reversed().stream()
                .filter(manifest -> !manifest.id().equals(snapshotId))
                .toList();
    }

    @Override
    public String toString() {
        return name().orElse("a database without a readable manifest") + " (" + id + ")";
    }
}
