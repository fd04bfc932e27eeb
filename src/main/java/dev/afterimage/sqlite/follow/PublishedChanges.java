package dev.afterimage.sqlite.follow;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;

/** How many transactions the WAL index of a database has counted: looked at for itself, to see whether a {@link Follower} follows. */
public final class PublishedChanges {

    private PublishedChanges() {}

    /**
     * Reads it.
     *
     * @param database with symbolic links resolved
     * @return modulo 2<sup>32</sup>; empty where it is just being written, or there is none
     * @throws dev.afterimage.sqlite.live.SourceException if the database cannot be read
     */
    public static OptionalLong of(Path database) {
        var file = SourceFile.find(database);
        try (var connection = LiveConnection.readOnly(file, new Burst(Duration.ZERO))) {
            var bytes = ByteBuffer.allocate(WalIndexHeader.SIZE);
            connection.live().readShm(bytes);
            return WalIndexHeader.parse(bytes.flip()).stream()
                    .mapToLong(WalIndexHeader::changes)
                    .findFirst();
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }
}
