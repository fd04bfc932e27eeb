package dev.afterimage.sqlite.replace;

import static dev.afterimage.sqlite.Connections.number;
import static dev.afterimage.sqlite.Connections.text;

import dev.afterimage.bytes.Disk;
import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.Attempts;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * What new content must be for a live database to take it.
 *
 * @param pageSize of the new content, in bytes
 * @param bytes of the new content
 * @param encoding of its texts, as PRAGMA encoding names it
 * @param reservedBytes at the end of each of its pages
 */
record Fit(int pageSize, long bytes, String encoding, int reservedBytes) {

    static Fit of(DatabaseHeader content, long bytes) {
        return new Fit(content.pageSize(), bytes, nameOf(content.textEncoding()), content.reservedBytes());
    }

    /** A database without a schema has none yet, which is as good as UTF-8. */
    private static String nameOf(long textEncoding) {
        return textEncoding == 2 ? "UTF-16le" : textEncoding == 3 ? "UTF-16be" : "UTF-8";
    }

    /** As {@link LiveReplace#requireReplaceable}. */
    void requireOf(Path target, Duration patience) {
        try {
            Attempts.evenIfReplaced(() -> requireOf(LiveTarget.find(target), patience));
        } catch (SourceException e) {
            throw LiveTargetProblem.of(e);
        }
    }

    private SourceFile requireOf(SourceFile file, Duration patience) {
        requireWritable(file);
        try {
            return new Attempts(patience, PageProgress.NONE).make(burst -> requireOf(file, burst));
        } catch (SQLException e) {
            if (!Refusal.isHotJournal(e)) {
                throw LiveTarget.refusal(file, e);
            }
            requireRoom(file.path(), false);
            return file;
        }
    }

    private static void requireWritable(SourceFile file) {
        if (!Files.isWritable(file.path())) {
            file.requireUnreplaced(); // nor can be written what is gone
            throw LiveTargetProblem.unwritable(file.path(), "it may only be read", null);
        }
    }

    private SourceFile requireOf(SourceFile file, Burst burst) throws SQLException {
        try (var reader = LiveConnection.readOnly(file, burst);
                var _ = QueryTime.limit(reader.sql(), QueryTime.OF_SCHEMA)) {
            // no damage is forgiven here: SQLite must take it for a database
            number(reader.sql(), "PRAGMA data_version");
            require(file.path(), reader);
            return file;
        }
    }

    /**
     * Sees that it fits. The tables of the target may be damaged: then new content is what they need.
     *
     * @param connection that has read the target already
     * @throws dev.afterimage.problem.ProblemException if it does not fit
     */
    void require(Path target, LiveConnection connection) throws SQLException {
        requireNoReservedBytes(target, connection.live().header());
        require(target, connection.sql());
    }

    private void requireNoReservedBytes(Path target, Optional<DatabaseHeader> header) {
        int ofTarget = header.map(DatabaseHeader::reservedBytes).orElse(0);
        if (ofTarget > 0 || reservedBytes > 0) {
            throw LiveTargetProblem.reservedBytes(target, ofTarget, reservedBytes);
        }
    }

    private void require(Path target, Connection connection) throws SQLException {
        try {
            boolean wal = "wal".equals(text(connection, "PRAGMA journal_mode"));
            requireRoom(target, wal);
            int targetPageSize = Math.toIntExact(number(connection, "PRAGMA page_size"));
            if (wal && targetPageSize != pageSize) {
                throw LiveTargetProblem.pageSize(target, targetPageSize, pageSize);
            }
            var targetEncoding = text(connection, "PRAGMA encoding");
            if (!targetEncoding.equals(encoding)) {
                throw LiveTargetProblem.encoding(target, targetEncoding, encoding);
            }
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            // Nobody can read its schema, and all of these need to.
        }
    }

    /** In the WAL all new pages; in the journal all old ones. */
    private void requireRoom(Path target, boolean wal) {
        try {
            long oldBytes = Files.size(target);
            long growth = Math.max(0, bytes - oldBytes);
            long needed = (wal ? bytes : Math.min(oldBytes, bytes)) + growth;
            long usable = Disk.usableBytes(target);
            if (usable < needed) {
                throw LiveTargetProblem.full(
                        target, "its file system has %d bytes free, %d are needed".formatted(usable, needed), null);
            }
        } catch (IOException e) {
            throw LiveTargetProblem.unwritable(target, String.valueOf(e.getMessage()), e);
        }
    }
}
