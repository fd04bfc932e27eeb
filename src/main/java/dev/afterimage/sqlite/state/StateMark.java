package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells states of a database apart without reading its pages: as long as the text is the same, nothing was committed. It has
 * the identity, size and change time of the database file, three fields of its header, and how far the WAL is committed.
 *
 * <p>The change time alone could miss a write in the same tick of the file system's clock, so a mark that rests on it is made
 * only of a file that has not changed for two seconds. With frames in the WAL it does not rest on it: each commit then adds
 * frames or begins the WAL anew with other salts, switching the journal mode and back makes another WAL, and all that is
 * written to the database file are frames that are committed already.
 */
public final class StateMark {

    private final String text;
    private final Instant changed;
    private final boolean restsOnTheWal;

    /**
     * Looks at a pinned database.
     *
     * @param wal how far the WAL of the pinned state is committed; null if the database file alone is the state
     */
    static StateMark of(SourceFile file, LiveFile live, @Nullable WalIndexHeader wal) {
        try {
            var attributes = Files.readAttributes(file.path(), "unix:size,ctime");
            var changed = ((FileTime) Objects.requireNonNull(attributes.get("ctime"))).toInstant();
            var text = "%s size=%s changed=%s %s %s"
                    .formatted(file.identity(), attributes.get("size"), changed, header(file, live), wal(wal));
            return new StateMark(text, changed, wal != null);
        } catch (IOException e) {
            throw SourceException.unreadable(file.path(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The file's own, which need not be that of the state: a newer one may be in the WAL. */
    private static String header(SourceFile file, LiveFile live) {
        DatabaseHeader header;
        try {
            header = live.header().orElseThrow(() -> new IllegalArgumentException("it is empty"));
        } catch (IllegalArgumentException e) { // and the WAL has one, or it would not be pinned
            throw new SourceException.NotScannable(file.path(), "its file: " + e.getMessage());
        }
        return "counter=%d pages=%d valid=%d"
                .formatted(header.changeCounter(), header.pageCount(), header.versionValidFor());
    }

    private static String wal(@Nullable WalIndexHeader wal) {
        return wal == null
                ? "no frames"
                : "salts=%016x frames=%d checksum=%016x".formatted(wal.salts(), wal.frames(), wal.checksum());
    }

    /**
     * What a mark says of the WAL: how far it was committed.
     *
     * @param file identity of the database file
     * @param checksum of the last of the frames, which stands for all before it
     */
    record InWal(String file, int frames, long salts, long checksum) {

        private static final Pattern TEXT =
                Pattern.compile("(.*) size=.* salts=([0-9a-f]{16}) frames=([0-9]{1,9}) checksum=([0-9a-f]{16})");

        /** Empty if no frame was committed then. */
        static Optional<InWal> of(String mark) {
            return Optional.of(TEXT.matcher(mark))
                    .filter(Matcher::matches)
                    .map(found -> new InWal(
                            found.group(1),
                            Integer.parseInt(found.group(3)),
                            Long.parseUnsignedLong(found.group(2), 16),
                            Long.parseUnsignedLong(found.group(4), 16)));
        }
    }

    private StateMark(String text, Instant changed, boolean restsOnTheWal) {
        this.text = text;
        this.changed = changed;
        this.restsOnTheWal = restsOnTheWal;
    }

    public boolean says(String mark) {
        return text.equals(mark);
    }

    /** Empty if a write could go unnoticed. */
    public Optional<String> trusted(Instant now) {
        return restsOnTheWal || changed.plus(FileStamp.LONGEST_TICK).isBefore(now)
                ? Optional.of(text)
                : Optional.empty();
    }
}
