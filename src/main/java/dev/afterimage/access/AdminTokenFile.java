package dev.afterimage.access;

import dev.afterimage.bytes.Fsync;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.home.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** The file with the text of the admin token, for whoever may read it on this machine. */
@Component
class AdminTokenFile {

    private static final String NAME = "admin-token";

    private final Path path;

    /** @throws IllegalArgumentException when the file would be where clients may restore to */
    AdminTokenFile(AccessSettings settings, Node node, DatabasePaths paths) {
        var given = settings.adminTokenFile();
        if (given != null && paths.allow(given.toAbsolutePath())) {
            throw new IllegalArgumentException(
                    "afterimage.access.admin-token-file must not be under afterimage.databases.roots: " + given);
        }
        this.path = given == null ? node.home().resolve(NAME) : given.toAbsolutePath();
    }

    Path path() {
        return path;
    }

    /**
     * @return empty when there is no such file
     * @throws IllegalStateException when it has something else than a token
     */
    Optional<TokenText> read() throws IOException {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        var text = Files.readString(path).strip();
        if (!TokenText.shapes(text)) {
            throw new IllegalStateException(
                    "%s has no token, which is %s; delete it, and the next start makes a new one"
                            .formatted(path, TokenText.EXPECTED));
        }
        return Optional.of(new TokenText(text));
    }

    /**
     * Makes the file, whose mode is 0600 before it has any content. Crash order: the content is synced before it gets
     * the file's name, so the file is never there with a part of it.
     */
    void write(TokenText text) throws IOException {
        var unfinished = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(unfinished); // of a start that died
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel = FileChannel.open(unfinished, options, ownerOnly)) {
            var content = ByteBuffer.wrap((text.text() + "\n").getBytes(StandardCharsets.US_ASCII));
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        Fsync.directory(path.resolveSibling("."));
    }
}
