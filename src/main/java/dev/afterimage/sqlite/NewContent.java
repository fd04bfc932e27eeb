package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file from which a live database gets its new content. It is ours, and no connection to it is open.
 *
 * @param path of the file
 * @param pageSize bytes per page
 * @param pageCount pages, by the size of the file
 * @param encoding of texts: 1 for UTF-8, 2 for UTF-16le, 3 for UTF-16be
 */
record NewContent(Path path, int pageSize, long pageCount, long encoding) {

    private static final int VERSIONS = 18;
    private static final byte ROLLBACK_VERSION = 1;
    private static final long UTF_8 = 1;

    /**
     * Reads the header, and makes it say rollback mode. The Online Backup API copies these two bytes, and corrects them
     * only for a target in WAL mode: a target in rollback mode would find itself in WAL mode.
     */
    static NewContent in(Path source) {
        try (var channel = FileChannel.open(source, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var bytes = ByteBuffer.allocate(DatabaseHeader.SIZE);
            while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
                // Until the header is complete or the file ends.
            }
            var header = DatabaseHeader.parse(bytes.flip());
            if (header.writeVersion() != ROLLBACK_VERSION || header.readVersion() != ROLLBACK_VERSION) {
                channel.write(ByteBuffer.wrap(new byte[] {ROLLBACK_VERSION, ROLLBACK_VERSION}), VERSIONS);
            }
            long encoding = Math.max(UTF_8, header.textEncoding());
            return new NewContent(source, header.pageSize(), channel.size() / header.pageSize(), encoding);
        } catch (IOException e) {
            throw new StagingException.Unusable(source, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new StagingException.Unusable(source, "it is no database: " + e.getMessage(), e);
        }
    }

    long bytes() {
        return pageSize * pageCount;
    }

    String encodingName() {
        return encoding == 1 ? "UTF-8" : encoding == 2 ? "UTF-16le" : "UTF-16be";
    }
}
