package dev.afterimage.backup;

import org.jspecify.annotations.Nullable;

/**
 * What a capture can know of the state of this file that the snapshot has which a new one builds on.
 *
 * @param mark of that state; null where there is none, or it is of another file
 * @param trusted whether it may tell that nothing has changed; not so when it is time to look at all pages whatever is known of them
 */
record ParentState(@Nullable String mark, boolean trusted) {

    static final ParentState UNKNOWN = new ParentState(null, false);

    /** By which a capture may find out that nothing has changed. */
    @Nullable
    String trustedMark() {
        return trusted ? mark : null;
    }
}
