package dev.afterimage.discovery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file that a scan has looked at. What {@code VACUUM INTO} or a copy writes under a name of the moment, to be renamed, is an
 * SQLite database too; so a file must be there for a while before it is taken for one that stays. A database that is written to all
 * the time has no old change time, hence the memory of the scan before.
 *
 * @param identity device and inode, or null where the file system has none
 * @param since from when on it is known to be there
 */
record SeenFile(@Nullable Object identity, Instant since) {

    static final Duration MAY_PASS = Duration.ofMinutes(1);

    /**
     * Looks at a file, without opening it.
     *
     * @param before what the scan before saw at this path
     * @throws IOException when it is gone, or cannot be looked at
     */
    static SeenFile look(Path file, @Nullable SeenFile before, Instant now) throws IOException {
        var attributes = Files.readAttributes(file, "unix:fileKey,ctime");
        var identity = attributes.get("fileKey");
        var changed = ((FileTime) Objects.requireNonNull(attributes.get("ctime"))).toInstant();
        var seen = before != null && Objects.equals(identity, before.identity) ? before.since : now;
        return new SeenFile(
                identity, Stream.of(changed, seen, now).min(Instant::compareTo).orElseThrow());
    }

    boolean mayPass(Instant now) {
        return since.plus(MAY_PASS).isAfter(now);
    }
}
