package dev.afterimage.storage.sftp;

import dev.afterimage.storage.Location;
import dev.afterimage.storage.StorageContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/**
 * On the kit's server, or on another: {@code -Dsftp.location=sftp://user@host:port/directory -Dsftp.private-key-file=… -Dsftp.host-key=SHA256:…}.
 * Each test makes a directory below it, which stays.
 */
class SftpStorageTests extends StorageContract {

    private static final @Nullable String ELSEWHERE = System.getProperty("sftp.location");

    @TempDir
    Path directory;

    private @Nullable SftpConnection connection;

    private SftpConnection connection() {
        if (connection == null) {
            connection = ELSEWHERE == null ? toTheKit() : to(ELSEWHERE);
        }
        return connection;
    }

    private static SftpConnection toTheKit() {
        var server = SftpServer.shared();
        return new SftpConnection(server.newLocation(), server.settings());
    }

    private static SftpConnection to(String location) {
        return new SftpConnection(
                (Location.Server) Location.parse(location + "/" + UUID.randomUUID()),
                new SftpSettings(
                        Path.of(System.getProperty("sftp.private-key-file")),
                        null,
                        null,
                        null,
                        List.of(System.getProperty("sftp.host-key")),
                        null,
                        null,
                        null));
    }

    @Override
    protected SftpStorage storage(@Nullable Supplier<Optional<UUID>> expected) {
        return new SftpStorage(connection(), directory.resolve("unsent"), 0, expected);
    }
}
