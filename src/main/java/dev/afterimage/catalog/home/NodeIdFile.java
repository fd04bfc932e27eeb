package dev.afterimage.catalog.home;

import dev.afterimage.bytes.Fsync;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code node-id} in the home: the UUID to which databases and jobs of this home belong, made once. The host's name would not
 * do, since it changes, and cannot always be found out.
 */
final class NodeIdFile {

    private static final String NAME = "node-id";
    private static final int LENGTH = 36;
    private static final int LINE = LENGTH + 1;

    /** One at a time in this process, where locks of files are no help. */
    private static final Object TURN = new Object();

    private NodeIdFile() {}

    /**
     * The id of a home, which is made when there is none. Two processes that start at once get the same one: the file is locked meanwhile.
     * Crash order: it is synced before anybody learns the id. What is shorter than an id was not finished, so nothing belongs to it.
     *
     * @throws IllegalStateException when the file has something else than an id
     */
    static UUID of(Path home) throws IOException {
        var path = home.resolve(NAME);
        synchronized (TURN) {
            try (var file = FileChannel.open(
                            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                    var _ = file.lock()) {
                if (file.size() < LENGTH) {
                    make(file);
                    Fsync.directory(home);
                }
                return read(file, path);
            }
        }
    }

    private static void make(FileChannel file) throws IOException {
        var line = ByteBuffer.wrap((UUID.randomUUID() + "\n").getBytes(StandardCharsets.US_ASCII));
        file.truncate(0);
        while (line.hasRemaining()) {
            file.write(line, line.position());
        }
        file.force(true);
    }

    private static UUID read(FileChannel file, Path path) throws IOException {
        var content = ByteBuffer.allocate(LINE + 1);
        int read = 0;
        while (read >= 0 && content.hasRemaining()) {
            read = file.read(content, content.position());
        }
        var text = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
        try {
            var id = UUID.fromString(text);
            if (id.toString().equals(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            throw foreign(path, e);
        }
        throw foreign(path, null);
    }

    private static IllegalStateException foreign(Path path, @Nullable Exception cause) {
        return new IllegalStateException(
                path
                        + " has no id of a node. Put back the one that it had, from a copy of the home. Or delete it: then this home"
                        + " becomes a node of its own, and its databases are moved to it by a PATCH of their path",
                cause);
    }
}
