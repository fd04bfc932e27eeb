package dev.afterimage.sqlite.replace;

import java.time.Duration;
import java.util.List;

/**
 * A live database has got new content.
 *
 * @param pageSize bytes per page
 * @param pageCount pages of the new content
 * @param lockHeld for how long writers, and in rollback mode readers too, had to wait at most
 * @param pagesChangedSince 0 when every page was read back as it should be. Else applications committed before it could be
 *     read back: the number of pages that they changed, added or cut off, all others being as they should be
 * @param notes what the user should know
 */
public record LiveReplacement(
        int pageSize, long pageCount, Duration lockHeld, long pagesChangedSince, List<String> notes) {

    public LiveReplacement {
        notes = List.copyOf(notes);
    }
}
