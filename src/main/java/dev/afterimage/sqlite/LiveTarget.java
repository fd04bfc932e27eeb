package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;
import static dev.afterimage.sqlite.Connections.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * A live database that gets new content, by a read-write connection of its own. When no other is open, closing it
 * checkpoints the WAL and deletes it, as every writer that closes last does.
 */
final class LiveTarget implements AutoCloseable {

    /** For one attempt to get the lock. In rollback mode new readers are kept out meanwhile, so that old ones run out. */
    private static final int MILLIS_PER_ATTEMPT = 500;

    private static final int CACHE_KIB = 32 << 10;

    private final Path path;
    private final @Nullable Object identity;
    private final SQLiteConnection connection;
    private long dataVersion;

    /** @throws LiveTargetException.NotADatabase if there is no regular file */
    static LiveTarget open(Path target) {
        try {
            var real = target.toRealPath();
            var attributes = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new LiveTargetException.NotADatabase(real, "it is no regular file", null);
            }
            return new LiveTarget(real, attributes.fileKey());
        } catch (NoSuchFileException e) {
            throw new LiveTargetException.NotADatabase(target, "there is no such file", e);
        } catch (IOException e) {
            throw new LiveTargetException.Unwritable(target, String.valueOf(e.getMessage()), e);
        }
    }

    private LiveTarget(Path path, @Nullable Object identity) {
        this.path = path;
        this.identity = identity;
        try {
            connection = Connections.readWrite(path);
        } catch (SQLException e) {
            throw refusal(e);
        }
    }

    Path path() {
        return path;
    }

    SQLiteConnection connection() {
        return connection;
    }

    /**
     * Reads for the first time, which rolls the hot journal of a crashed writer back, and sees before anything is written
     * that the new content fits. The tables may be damaged: then new content is what they need.
     *
     * @throws LiveTargetException if it does not fit
     */
    void requireThatItCanTake(NewContent content) throws SQLException {
        execute(connection, "PRAGMA busy_timeout = " + MILLIS_PER_ATTEMPT);
        dataVersion = dataVersion();
        try {
            execute(connection, "PRAGMA cache_size = -" + CACHE_KIB);
            execute(connection, "PRAGMA synchronous = EXTRA"); // a commit that was told must survive a power failure
            requireFit(content);
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            // Nobody can read its schema, and all of these need to.
        }
    }

    private void requireFit(NewContent content) throws SQLException {
        int pageSize = Math.toIntExact(number(connection, "PRAGMA page_size"));
        boolean wal = "wal".equals(text(connection, "PRAGMA journal_mode"));
        if (wal && pageSize != content.pageSize()) {
            throw new LiveTargetException.PageSize(path, pageSize, content.pageSize());
        }
        var encoding = text(connection, "PRAGMA encoding");
        if (!encoding.equals(content.encodingName())) {
            throw new LiveTargetException.Encoding(path, encoding, content.encodingName());
        }
        requireRoom(content, wal);
    }

    /** In the WAL all new pages; in the journal all old ones. */
    private void requireRoom(NewContent content, boolean wal) {
        try {
            long oldBytes = Files.size(path);
            long growth = Math.max(0, content.bytes() - oldBytes);
            long needed = (wal ? content.bytes() : Math.min(oldBytes, content.bytes())) + growth;
            long usable = Files.getFileStore(path).getUsableSpace();
            if (usable < needed) {
                throw new LiveTargetException.Full(
                        path, "its file system has %d bytes free, %d are needed".formatted(usable, needed), null);
            }
        } catch (IOException e) {
            throw new LiveTargetException.Unwritable(path, String.valueOf(e.getMessage()), e);
        }
    }

    /** @throws LiveTargetException.Unproven if another file has its name now, so that what was written has none */
    void requireUnreplaced() {
        try {
            var now = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            if (!Objects.equals(identity, now)) {
                throw new LiveTargetException.Unproven(path, "another file was put in its place meanwhile", null);
            }
        } catch (IOException e) {
            throw new LiveTargetException.Unproven(path, "cannot be found any more: " + e, e);
        }
    }

    /**
     * Begins to read the state that is committed now. Call once after {@link #requireThatItCanTake}.
     *
     * @return whether another connection has committed since then
     */
    boolean pinAndTellWhetherOthersCommitted() throws SQLException {
        execute(connection, "BEGIN");
        return dataVersion() != dataVersion;
    }

    void unpin() throws SQLException {
        execute(connection, "COMMIT");
    }

    /** Counts the commits of other connections that this one has noticed; its own do not count. */
    private long dataVersion() throws SQLException {
        return number(connection, "PRAGMA data_version");
    }

    /**
     * Writes the WAL back, so that no commit of the application has to; waits for nobody. Readers of an older state keep
     * the WAL as long as it is.
     *
     * @return what the user should know
     */
    List<String> checkpoint() {
        try {
            execute(connection, "PRAGMA busy_timeout = 0");
            execute(connection, "PRAGMA wal_checkpoint(PASSIVE)"); // the long part, which locks nobody out
            execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            return List.of();
        } catch (SQLException e) {
            return List.of("The WAL could not be checkpointed now, a later writer will do it: " + Refusal.words(e));
        }
    }

    /** What users are told when it cannot be written, before the commit. */
    LiveTargetException refusal(SQLException e) {
        int code = Refusal.primaryCode(e);
        var words = Refusal.words(e);
        if (Refusal.isBusy(code)) {
            return new LiveTargetException.InUse(path, Holders.others(path), e);
        }
        if (code == Refusal.FULL) {
            return new LiveTargetException.Full(path, words, e);
        }
        if (Refusal.isDamage(e)) {
            return new LiveTargetException.NotADatabase(path, words, e);
        }
        return new LiveTargetException.Unwritable(path, words, e);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new LiveTargetException.Unwritable(path, Refusal.words(e), e);
        }
    }
}
