package dev.afterimage.restore;

import dev.afterimage.repository.format.PageRange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A database file has the content of a snapshot.
 *
 * @param sha256 of the snapshot's file, hexadecimal; null where it is not known, and nothing was checked or an earlier attempt wrote it
 * @param oldFiles the folder with the files that were replaced; null unless by REPLACE_FILE
 * @param lockHeld how long applications had to wait at most; zero unless by REPLACE_LIVE
 * @param lostPages of a snapshot that may be damaged: pages that could not be proven, and are all zeros in the file; null when
 *     all was proven, or it is not known
 * @param notes what the user should know
 */
public record Restored(
        Path path,
        @Nullable String sha256,
        @Nullable Path oldFiles,
        Duration lockHeld,
        @Nullable List<PageRange> lostPages,
        List<String> notes) {

    public Restored {
        lostPages = lostPages == null ? null : List.copyOf(lostPages);
        notes = List.copyOf(notes);
    }
}
