package dev.afterimage.storage.sftp;

import dev.afterimage.storage.StorageContract;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

class SftpStorageTests extends StorageContract {

    @TempDir
    Path directory;

    private @Nullable SftpConnection connection;

    private SftpConnection connection() {
        if (connection == null) {
            var server = SftpServer.shared();
            connection = new SftpConnection(server.newLocation(), server.settings());
        }
        return connection;
    }

    @Override
    protected SftpStorage storage(@Nullable Supplier<Optional<UUID>> expected) {
        return new SftpStorage(connection(), directory.resolve("unsent"), 0, expected);
    }
}
