package dev.afterimage.repository;

import dev.afterimage.sqlite.JournalMode;
import java.util.List;

/**
 * How a snapshot was captured.
 *
 * @param method such as ONLINE
 * @param journalMode of the source
 * @param lockHeldMillis how long writers could not commit because of the capture
 * @param walBytesBefore size of the source's {@code -wal} file before the capture
 * @param walBytesAfter the same after it
 * @param sourcePath path of the database file
 * @param node on which it was captured
 * @param sqliteVersion of the library that captured it
 * @param notes what the user should know, a sentence each
 */
public record CaptureFacts(
        String method,
        JournalMode journalMode,
        long lockHeldMillis,
        long walBytesBefore,
        long walBytesAfter,
        String sourcePath,
        String node,
        String sqliteVersion,
        List<String> notes) {

    public CaptureFacts {
        notes = List.copyOf(notes);
    }
}
