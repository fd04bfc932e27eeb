package dev.afterimage.repository.format;

import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.Extent;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a snapshot was captured.
 *
 * @param method that was used, such as ONLINE
 * @param requested the method that was asked for, such as AUTO; null in manifests from before there was a choice
 * @param reason why the method was used, a sentence; null where it is the one that was asked for
 * @param journalMode of the source
 * @param lockHeldMillis how long writers could not commit because of the capture
 * @param walBytesBefore size of the source's {@code -wal} file before the capture
 * @param walBytesAfter the same after it
 * @param sourcePath path of the database file
 * @param node the id of the one on which it was captured
 * @param sqliteVersion of the library that captured it
 * @param notes what the user should know, a sentence each
 * @param stateMark tells, on that node, whether the database is still in the state that was captured; null where that
 *     cannot be known without reading it
 * @param extent how much the state holds; null where nobody has counted
 * @param collapse why the state is not one to rely on; null when there is no such reason
 * @param log where in the log of the database the state is; null where it is not followed
 */
public record CaptureFacts(
        String method,
        @Nullable String requested,
        @Nullable String reason,
        JournalMode journalMode,
        long lockHeldMillis,
        long walBytesBefore,
        long walBytesAfter,
        String sourcePath,
        String node,
        String sqliteVersion,
        List<String> notes,
        @Nullable String stateMark,
        @Nullable Extent extent,
        @Nullable Collapse collapse,
        @Nullable LogSpan log) {

    /**
     * Most of what the snapshot before has is gone.
     *
     * @param before the snapshot that still has it
     * @param extent of that one
     */
    public record Collapse(UUID before, Extent extent) {}

    /**
     * Between which commits the state was taken. What comes after {@code from} can be replayed over it, and then is any state from {@code to} on.
     *
     * @param chain part of the log
     * @param from all commits up to it are in the state
     * @param to no commit after it is
     * @param at when that was taken
     */
    public record LogSpan(UUID chain, long from, long to, Instant at) {

        /** Of a state of which it is known which commit made it. */
        public static LogSpan of(UUID chain, long commit, Instant at) {
            return new LogSpan(chain, commit, commit, at);
        }
    }

    public CaptureFacts {
        notes = List.copyOf(notes);
    }
}
