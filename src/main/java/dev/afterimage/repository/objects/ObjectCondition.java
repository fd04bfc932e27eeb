package dev.afterimage.repository.objects;

import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.storage.StorageException;
import java.util.List;

/** What a layer, or a copy of a catalog, turned out to be when it was read from its first byte to its last. */
public sealed interface ObjectCondition {

    ObjectCondition WHOLE = new Whole();

    /** As it was written. */
    record Whole() implements ObjectCondition {}

    /**
     * Not as it was written.
     *
     * @param found what is wrong, for people
     */
    record Damaged(String found) implements ObjectCondition {}

    /**
     * There, but the storage does not give it out: whether it is as it was written is not known.
     *
     * @param reason for people
     * @param archived it, where it has to be restored from an archive before it can be read; else empty
     */
    record Unreadable(String reason, List<ArchivedObject> archived) implements ObjectCondition {

        public static Unreadable of(StorageException.Unreachable e) {
            return new Unreadable(
                    String.valueOf(e.getMessage()),
                    e instanceof StorageException.Archived archive ? archive.objects() : List.of());
        }
    }
}
