package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.Extent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a finished capture has read, and what it cost the source.
 *
 * @param pinnedAt the moment whose state it is
 * @param pageSize bytes per page
 * @param pageCount pages of that state as captured, at least 1
 * @param journalMode of the source
 * @param lockHeld how long writers could not commit because of the capture; zero in WAL mode, but for a locked scan
 * @param walBytesBefore size of the source's {@code -wal} file before, 0 if there was none
 * @param walBytesAfter the same after
 * @param notes what the user should know, a sentence each; usually none
 * @param stateMark by which a later {@link Scan} may know that nothing has changed since; null from other methods, or
 *     if nothing can be told
 * @param extent of the state; of a group, of one that is milliseconds older
 */
public record Capture(
        Instant pinnedAt,
        int pageSize,
        long pageCount,
        JournalMode journalMode,
        Duration lockHeld,
        long walBytesBefore,
        long walBytesAfter,
        List<String> notes,
        @Nullable String stateMark,
        Extent extent) {

    public Capture {
        notes = List.copyOf(notes);
    }

    /** With more notes. */
    Capture noting(List<String> more) {
        return new Capture(
                pinnedAt,
                pageSize,
                pageCount,
                journalMode,
                lockHeld,
                walBytesBefore,
                walBytesAfter,
                Stream.concat(notes.stream(), more.stream()).toList(),
                stateMark,
                extent);
    }
}
