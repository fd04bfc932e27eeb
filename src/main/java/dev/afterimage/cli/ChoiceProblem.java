package dev.afterimage.cli;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.storage.Location;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** What a command names is not there, is not one thing, or cannot be read. The message says what there is instead. */
final class ChoiceProblem {

    private static final int MOST_NAMED = 10;

    private ChoiceProblem() {}

    static ProblemException notARepository(Location location, String reason) {
        return new ProblemException(
                Problem.of(ProblemCode.STORAGE_UNREACHABLE, "not a repository: %s: %s".formatted(location, reason)));
    }

    static ProblemException noDatabase(String wanted, List<StoredDatabase> all) {
        return new ProblemException(Problem.of(
                ProblemCode.DATABASE_NOT_FOUND,
                "the repository has no database %s; it has:%s".formatted(wanted, lines(all))));
    }

    static ProblemException severalDatabases(String wanted, List<StoredDatabase> several) {
        return new ProblemException(Problem.of(
                ProblemCode.INVALID_REQUEST,
                "%d databases have the name %s; give the id of one:%s"
                        .formatted(several.size(), wanted, lines(several))));
    }

    static ProblemException noSnapshot(SnapshotChoice wanted, StoredDatabase database) {
        return new ProblemException(Problem.of(
                ProblemCode.SNAPSHOT_NOT_FOUND,
                "%s has no snapshot %s; it has:%s"
                        .formatted(
                                database,
                                wanted,
                                lines(database.listing().readable().reversed()))));
    }

    static ProblemException severalSnapshots(SnapshotChoice wanted, Collection<UUID> several) {
        return new ProblemException(Problem.of(
                ProblemCode.INVALID_REQUEST,
                "%d snapshots begin with %s; give more of the id:%s"
                        .formatted(several.size(), wanted, lines(several))));
    }

    /** @param readable the other snapshots of the database, newest first */
    static ProblemException damaged(ProblemException damage, List<Manifest> readable) {
        return new ProblemException(
                Problem.of(
                        damage.code(),
                        "%s%nNothing was written. Choose another one with --snapshot:%s"
                                .formatted(damage.getMessage(), lines(readable))),
                damage);
    }

    private static String lines(Collection<?> things) {
        var shown = things.stream()
                .limit(MOST_NAMED)
                .map(thing -> "%n  %s".formatted(thing instanceof Manifest m ? m.id() + "  " + m.createdAt() : thing))
                .collect(Collectors.joining());
        int more = things.size() - MOST_NAMED;
        return things.isEmpty() ? " none" : more > 0 ? shown + "%n  and %d more".formatted(more) : shown;
    }
}
