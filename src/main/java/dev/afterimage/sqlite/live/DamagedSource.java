package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.Encryption;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells more than SQLite does of a file that it takes for no database, or for a damaged one: whether it is encrypted, or was cut. */
final class DamagedSource {

    /** What users are told when reading the source fails, whatever the reason. */
    static SourceException refused(SourceFile file, SQLException e) {
        if (!Refusal.isDamage(e)) {
            return Refusal.ofSource(file.path(), e);
        }
        var live = LiveFile.enter(file);
        try {
            var found = Refusal.primaryCode(e) == Refusal.NOTADB ? encrypted(file, live, e) : cut(file, live, e);
            return found == null ? Refusal.ofSource(file.path(), e) : found;
        } finally {
            live.leave();
        }
    }

    private static @Nullable SourceException encrypted(SourceFile file, LiveFile live, SQLException e) {
        var begin = ByteBuffer.allocate(Encryption.JUDGED_BYTES);
        live.read(begin, 0);
        return Encryption.isLikely(Arrays.copyOf(begin.array(), begin.position()), file.bytes())
                ? new SourceException.NotADatabase(file.path(), Encryption.SIGNS, Encryption.WAY_OUT, e)
                : null;
    }

    /** SQLite says that of a file which has not even begun the last page that its header counts. */
    private static @Nullable SourceException cut(SourceFile file, LiveFile live, SQLException e) {
        long bytes = file.bytes();
        return header(live)
                .filter(DatabaseHeader::pageCountIsValid)
                .filter(header -> bytes < header.pageCount() * header.pageSize())
                .map(header -> new SourceException.Corrupt(
                        file.path(),
                        "it was cut: the file has %d bytes, and its header says %d pages of %d bytes, which is %d bytes"
                                .formatted(
                                        bytes,
                                        header.pageCount(),
                                        header.pageSize(),
                                        header.pageCount() * header.pageSize()),
                        e))
                .orElse(null);
    }

    private static Optional<DatabaseHeader> header(LiveFile live) {
        try {
            return live.header();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // what SQLite has read of it is in the WAL
        }
    }

    private DamagedSource() {}
}
