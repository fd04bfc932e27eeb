package dev.afterimage.repository.objects;

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
     */
    record Unreadable(String reason) implements ObjectCondition {}
}
