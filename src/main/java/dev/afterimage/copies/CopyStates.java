package dev.afterimage.copies;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.problem.ProblemCode;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** How far the copies are, as the catalog knows it: no storage is asked. */
@Component
public class CopyStates {

    /** How far a copy is. */
    public enum State {
        /** It has each snapshot that can be restored. */
        CURRENT,
        /** It lacks some, and the next job brings them. */
        BEHIND,
        /** Its place could not be reached, or had something else, at the last try. */
        AWAY,
        /** The last try failed for another reason. */
        FAILING
    }

    /**
     * A copy.
     *
     * @param known nothing before it was tried first
     * @param lacking how many snapshots that can be restored it lacks
     * @param beyond how many it keeps that were deleted from the repository
     * @param newest of each database the newest that it has
     */
    public record Told(
            Copies.Copy copy,
            State state,
            Optional<RepositoryCopies.Known> known,
            long lacking,
            long beyond,
            List<CopiedSnapshots.Newest> newest) {}

    private final Copies copies;
    private final RepositoryCopies made;
    private final CopiedSnapshots snapshots;

    public CopyStates(Copies copies, RepositoryCopies made, CopiedSnapshots snapshots) {
        this.copies = copies;
        this.made = made;
        this.snapshots = snapshots;
    }

    /** Those that are configured, by name. */
    public List<Told> all() {
        var newest =
                snapshots.newest(copies.all().stream().map(Copies.Copy::name).toList());
        return copies.all().stream()
                .map(copy -> {
                    var known = known(copy);
                    long lacking = snapshots.lacking(copy.name());
                    return new Told(
                            copy,
                            state(known, lacking),
                            known,
                            lacking,
                            snapshots.beyond(copy.name()),
                            newest.stream()
                                    .filter(one -> one.copy().equals(copy.name()))
                                    .toList());
                })
                .toList();
    }

    private Optional<RepositoryCopies.Known> known(Copies.Copy copy) {
        return made.find(copy.name())
                .filter(one -> one.location().equals(copy.location().toString()));
    }

    /** Whether it is AWAY or FAILING; nothing when the last try went well, and before the first. */
    public Optional<State> trouble(Copies.Copy copy) {
        return known(copy).flatMap(CopyStates::trouble);
    }

    /**
     * A copy that is AWAY or FAILING.
     *
     * @param problem why
     */
    public record Trouble(String copy, State state, String problem) {}

    /** Those that are, by name. */
    public List<Trouble> troubles() {
        return copies.all().stream()
                .flatMap(copy -> known(copy).stream()
                        .flatMap(known -> trouble(known).stream()
                                .map(state -> new Trouble(
                                        copy.name(), state, Objects.requireNonNullElse(known.problem(), "")))))
                .toList();
    }

    private static Optional<State> trouble(RepositoryCopies.Known known) {
        return Optional.ofNullable(known.problemCode())
                .map(code -> code.equals(ProblemCode.STORAGE_UNREACHABLE.name()) ? State.AWAY : State.FAILING);
    }

    private static State state(Optional<RepositoryCopies.Known> known, long lacking) {
        return known.flatMap(CopyStates::trouble).orElse(lacking > 0 || known.isEmpty() ? State.BEHIND : State.CURRENT);
    }
}
