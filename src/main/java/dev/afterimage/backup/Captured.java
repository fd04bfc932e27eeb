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
 * @param log between which commits it was; null where it is not followed
 */
record Captured(
        Method requested, Method used, @Nullable String reason, Capture capture, CaptureFacts.@Nullable LogSpan log) {

    Captured(Method requested, Method used, @Nullable String reason, Capture capture) {
        this(requested, used, reason, capture, null);
    }

    /** With that. */
    Captured within(CaptureFacts.@Nullable LogSpan span) {
        return new Captured(requested, used, reason, capture, span);
    }

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
                collapse,
                log);
    }
}
