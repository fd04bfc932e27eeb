package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the file system says of a database file, which every write changes: its size and times. The time of status changes is
 * among them because nobody can set it back, as {@code cp -p} and {@code touch} do with the other.
 */
public record FileStamp(long bytes, Instant modified, Instant changed) {

    /** Of the clock by which Linux times changes: 10 ms at most. Two changes within one cannot be told apart. */
    private static final Duration TICK = Duration.ofMillis(10);

    /** Of the clocks of all file systems. */
    static final Duration LONGEST_TICK = Duration.ofSeconds(2);

    /** @throws SourceException.Replaced if another file is in its place, or none */
    public static FileStamp of(SourceFile file) {
        try {
            var attributes = Files.readAttributes(
                    file.path(), "unix:size,lastModifiedTime,ctime,fileKey", LinkOption.NOFOLLOW_LINKS);
            if (!Objects.equals(file.identity(), attributes.get("fileKey"))) {
                throw new SourceException.Replaced(file.path());
            }
            return new FileStamp(
                    (Long) Objects.requireNonNull(attributes.get("size")),
                    instant(attributes.get("lastModifiedTime")),
                    instant(attributes.get("ctime")));
        } catch (NoSuchFileException e) {
            throw new SourceException.Replaced(file.path());
        } catch (IOException e) {
            throw SourceException.unreadable(file.path(), String.valueOf(e.getMessage()), e);
        }
    }

    private static Instant instant(@Nullable Object time) {
        return ((FileTime) Objects.requireNonNull(time)).toInstant();
    }

    /** Whether any change after that moment gets another time. */
    public boolean isOlderThanATick(Instant lookedAt) {
        return changed.plus(LONGEST_TICK).isBefore(lookedAt);
    }

    /**
     * How long to wait, from the moment at which the file was looked at, until a further change gets another time.
     *
     * @return zero where the times lie in the future: then the clock was set back, and has other ticks anyway
     */
    Duration untilChangesShow(Instant lookedAt) {
        var shows = changed.plus(TICK);
        return changed.isAfter(lookedAt) || shows.isBefore(lookedAt)
                ? Duration.ZERO
                : Duration.between(lookedAt, shows);
    }
}
