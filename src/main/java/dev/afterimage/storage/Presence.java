package dev.afterimage.storage;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the storage is the one that its user means. A disk that is not mounted is an empty directory, or what lies under the
 * mount point: that is then <em>away</em>, and not a storage that has lost its objects. A look costs the read of a small file.
 */
final class Presence {

    private final Path root;
    private final IdentityFile file;
    private final @Nullable Supplier<Optional<UUID>> expected;

    /** @param expected the storage that is meant; nothing while none is known, and then any is away; null where any will do */
    Presence(Path root, IdentityFile file, @Nullable Supplier<Optional<UUID>> expected) {
        this.root = root;
        this.file = file;
        this.expected = expected;
    }

    /** In the same place, whatever is there. */
    Presence ofAny() {
        return new Presence(root, file, null);
    }

    /** @throws StorageException.Away when it is not there, is another one, or does not answer */
    void require() {
        if (expected == null) {
            return;
        }
        var wanted = expected.get().orElse(null);
        var found = found().map(StorageIdentity::id).orElse(null);
        if (wanted == null || !wanted.equals(found)) {
            throw StorageException.Away.other(root, wanted, found);
        }
    }

    /**
     * What is there now; nothing where there is none.
     *
     * @throws StorageException.Away when that cannot be read, or does not answer
     */
    Optional<StorageIdentity> found() {
        try {
            return Optional.of(StorageIdentity.decode(file.read()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            throw StorageException.Away.unreadable(file.path(), e);
        }
    }

    /** What a failure to read means: only a storage that is there can be asked what is missing. */
    StorageException reading(IOException cause, String doing) {
        require();
        return StorageException.reading(cause, doing);
    }

    /** The same of a failure to write. */
    StorageException writing(IOException cause, String doing) {
        require();
        return StorageException.writing(cause, doing);
    }
}
