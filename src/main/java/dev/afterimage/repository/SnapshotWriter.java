package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot while it is written, invisible until it is published. Pages may be added several times: the last ones count.
 * Closing it unpublished leaves nothing behind that a {@link Repository#sweep} would not remove. For one thread at a time.
 */
public final class SnapshotWriter implements AutoCloseable {

    private final Repository repository;
    private final UUID databaseId;
    private Repository.@Nullable WrittenLayer written;

    SnapshotWriter(Repository repository, UUID databaseId) {
        this.repository = repository;
        this.databaseId = databaseId;
    }

    /**
     * Adds all pages of a plain database file that nobody writes; not changed, and not needed afterwards. The SHA-256 of the
     * whole file becomes known.
     *
     * @param progress told of pages read, on the calling thread; may throw to stop
     * @throws UnusableFileException if the file cannot be read, or is no whole number of pages that begin with a header
     * @throws dev.afterimage.storage.StorageException.Full if the storage has no room for it
     * @throws dev.afterimage.storage.StorageException.Unreachable if the storage cannot be written
     */
    public void add(Path file, PageProgress progress) {
        try (var pages = DatabaseFile.open(file)) {
            add(pages, progress);
        }
    }

    /** The same with pages of any source; the SHA-256 of the whole file is then not known. */
    public void add(PageSource pages, PageProgress progress) {
        close();
        written = repository.write(databaseId, pages, progress);
    }

    /**
     * Makes the snapshot visible, whole. Whatever is thrown, and wherever the process dies, it is then either whole or not there,
     * and all others are as they were. It can be there only after the process died, or after Unreachable, when the storage
     * failed between giving the manifest its name and making the name durable: {@link Repository#find} tells. A snapshot of the
     * same id is replaced.
     */
    public Manifest publish(NewSnapshot snapshot) {
        if (written == null) {
            throw new IllegalStateException("no pages were added");
        }
        return repository.publish(snapshot, written);
    }

    @Override
    public void close() {
        if (written != null) {
            written.object().close();
            written = null;
        }
    }
}
