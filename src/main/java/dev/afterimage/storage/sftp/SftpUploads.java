package dev.afterimage.storage.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.afterimage.storage.TemporaryFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Files on a server that have no object's name yet, each noted in a local file that is locked while its process lives. A server's clock says
 * nothing about what is left over, so the notes say what to delete.
 */
final class SftpUploads {

    static final String FOLDER = "tmp/";

    /** Far more than a location and a name have. */
    private static final int MAX_BYTES = 1 << 14;

    private final SftpConnection connection;
    private final TemporaryFiles notes;

    SftpUploads(SftpConnection connection, Path directory) {
        this.connection = connection;
        this.notes = new TemporaryFiles(directory);
    }

    /** One that has begun. Closing it deletes the file where it still has this name; when that fails, its note stays. */
    final class Upload implements AutoCloseable {

        private final String key;
        private final TemporaryFiles.Temporary note;
        private boolean gone;

        private Upload(String key, TemporaryFiles.Temporary note) {
            this.key = key;
            this.note = note;
        }

        /** What stands for a key of an object until it gets one. */
        String key() {
            return key;
        }

        void isGone() {
            gone = true;
        }

        @Override
        public void close() throws IOException {
            try (var _ = note.channel()) {
                if (gone || remove(key)) {
                    Files.deleteIfExists(note.path());
                }
            } finally {
                notes.closed(note.path());
            }
        }
    }

    /** Notes a new one, before there is anything of it. */
    Upload begin() throws IOException {
        var key = FOLDER + UUID.randomUUID();
        var note = notes.create();
        try {
            note.channel().write(ByteBuffer.wrap((connection + "\n" + key + "\n").getBytes(UTF_8)));
            note.channel().force(true);
            return new Upload(key, note);
        } catch (IOException e) {
            try (var _ = note.channel()) {
                throw e;
            } finally {
                notes.closed(note.path());
            }
        }
    }

    /** Whether nothing of it is left. */
    private boolean remove(String key) {
        try {
            return connection.ask(channel -> {
                channel.files().remove(connection.name(key));
                return true;
            });
        } catch (IOException e) {
            return SftpConnection.isNone(e); // else its note stays, and the next sweep tries again
        }
    }

    /** Deletes what dead processes have left. */
    void removeLeftovers() throws IOException {
        notes.removeLeftovers(note -> {
            var lines = text(note).lines().toList();
            return lines.size() < 2 // who died before it was whole had sent nothing
                    || (lines.get(0).equals(connection.toString()) && remove(lines.get(1)));
        });
    }

    private static String text(FileChannel note) throws IOException {
        var bytes = ByteBuffer.allocate((int) Math.min(note.size(), MAX_BYTES));
        while (bytes.hasRemaining() && note.read(bytes, bytes.position()) >= 0) {}
        return UTF_8.decode(bytes.flip()).toString();
    }
}
