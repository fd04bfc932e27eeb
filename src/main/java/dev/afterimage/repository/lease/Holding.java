package dev.afterimage.repository.lease;

import dev.afterimage.problem.Problem;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What this process knows of who may change a place. */
abstract class Holding {

    /** @throws dev.afterimage.problem.ProblemException REPOSITORY_HELD when somebody else writes there */
    abstract void requireToPut();

    /** The same, of a newer look. */
    abstract void requireToDelete();

    /** @see Storage#whyHeld */
    abstract Optional<Problem> problem();

    /** Takes no more part in what was seen: another repository has taken the place. */
    abstract void forget();

    /** Those that lie in a place, the lowest first. */
    static List<Long> epochs(Storage place) {
        return place.list(Lease.FOLDER).stream()
                .map(ObjectInfo::key)
                .flatMap(key -> Lease.epoch(key).stream())
                .sorted()
                .toList();
    }

    static long last(List<Long> epochs) {
        return epochs.isEmpty() ? 0 : epochs.getLast();
    }

    /** @throws dev.afterimage.storage.StorageException.Missing when there is none of that epoch any more */
    static @Nullable Lease read(Storage place, long epoch) {
        if (epoch == 0) {
            return null;
        }
        try {
            return Lease.decode(epoch, place.read(Lease.key(epoch), Lease.MOST_BYTES));
        } catch (IllegalArgumentException tooLarge) {
            return new Lease(epoch, null);
        }
    }
}
