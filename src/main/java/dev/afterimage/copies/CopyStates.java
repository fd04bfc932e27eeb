package dev.afterimage.copies;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.problem.ProblemCode;
import java.util.List;
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
            Optional<CopiedSnapshots.Known> known,
            long lacking,
            long beyond,
            List<CopiedSnapshots.Newest> newest) {}

    private final Copies copies;
    private final CopiedSnapshots snapshots;

    public CopyStates(Copies copies, CopiedSnapshots snapshots) {
        this.copies = copies;
        this.snapshots = snapshots;
    }

    /** Those that are configured, by name. */
    public List<Told> all() {
        if (copies.all().isEmpty()) {
            return List.of();
        }
        var newest = snapshots.newest();
        return copies.all().stream()
                .map(copy -> {
                    var known = snapshots
                            .find(copy.name())
                            .filter(one -> one.location().equals(copy.location().toString()));
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

    private static State state(Optional<CopiedSnapshots.Known> known, long lacking) {
        var code = known.map(CopiedSnapshots.Known::problemCode).orElse(null);
        if (code != null) {
            return code.equals(ProblemCode.STORAGE_UNREACHABLE.name()) ? State.AWAY : State.FAILING;
        }
        return lacking > 0 || known.isEmpty() ? State.BEHIND : State.CURRENT;
    }
}
