package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.sqlite.SqliteVersion;
import dev.afterimage.sqlite.capture.Capture;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A capture, and how it came to be made in this way.
 *
 * @param requested the method that was asked for
 * @param used the one that was used
 * @param reason why that one, a sentence; null when it was asked for by name
 */
record Captured(Method requested, Method used, @Nullable String reason, Capture capture) {

    /**
     * What the manifest says of it.
     *
     * @param node on which it was made
     * @param notes what the user should know beside what the capture itself has noted
     * @param collapse that is seen in it; null for none
     */
    CaptureFacts facts(Database database, String node, List<String> notes, CaptureFacts.@Nullable Collapse collapse) {
        return new CaptureFacts(
                used.name(),
                requested.name(),
                reason,
                capture.journalMode(),
                capture.lockHeld().toMillis(),
                capture.walBytesBefore(),
                capture.walBytesAfter(),
                database.path().toString(),
                node,
                SqliteVersion.ofLibrary(),
                Stream.concat(capture.notes().stream(), notes.stream()).toList(),
                capture.stateMark(),
                capture.extent(),
                collapse);
    }
}
