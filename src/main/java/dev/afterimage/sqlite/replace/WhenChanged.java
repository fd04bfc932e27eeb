package dev.afterimage.sqlite.replace;

/** What is done when others have committed to a live target since {@link LiveReplace#of}, so that its old state is not lost. */
@FunctionalInterface
public interface WhenChanged {

    /** For those who do not want the old state. */
    WhenChanged NONE = state -> {};

    /**
     * Called on the caller's thread, at most once per replacement, while nobody can write the target any more and nothing of the
     * new content is in the database file or can be seen. Whoever uses the database waits for it, so it does no more than it
     * must; connections to the target are refused in rollback mode, those of this process too. What it throws ends the
     * replacement, leaves the target as it was, and is thrown on.
     *
     * @param state to be used until this returns
     */
    void keep(LockedState state);

    /** Called on the caller's thread once the new content is committed, before it is read back: from here on nothing undoes it. */
    default void replaced() {}
}
