package dev.afterimage.discovery;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a scan has found.
 *
 * @param found files that the globs match
 * @param registered databases that this scan has registered
 * @param missing registered databases of this node whose files are not there
 * @param skippedInAll files and directories that were not registered for a reason
 * @param skipped the first hundred of them
 */
public record LastScan(
        Instant startedAt,
        Instant finishedAt,
        long found,
        long registered,
        long missing,
        long skippedInAll,
        List<Skipped> skipped) {

    /** @param reason what is said of the path, without a subject's name */
    public record Skipped(Path path, String reason) {}
}
