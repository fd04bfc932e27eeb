package dev.afterimage.repository.hashes;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The hashes of what a snapshot has while it is written: at first those of its parent, then those of each {@linkplain #pass pass}. Files of
 * passes become the cache's when they are {@linkplain #keep kept}. What goes wrong with them never hinders the snapshot. One at a time for a database.
 */
public final class PageHashes implements AutoCloseable {

    static final String FIRST = ".first";
    static final String SECOND = ".second";

    private static final Set<StandardOpenOption> NEW = Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);

    private final UUID databaseId;
    private final Path path;
    private final Instant now;
    private final @Nullable Instant digestedBefore;
    private @Nullable KnownHashes known;
    private boolean trusted;
    private @Nullable Path unkept;
    private @Nullable IOException failure;
    private long overlooked;

    /**
     * @param path of the cache's file
     * @param known of all pages of the parent; null for none
     * @param trusted whether pages may be taken for unchanged by them
     */
    PageHashes(UUID databaseId, Path path, @Nullable KnownHashes known, boolean trusted, Instant now) {
        this.databaseId = databaseId;
        this.path = path;
        this.known = known;
        this.trusted = trusted;
        this.now = now;
        this.digestedBefore = known == null ? null : known.header().digestedAt();
    }

    UUID databaseId() {
        return databaseId;
    }

    /** Pages that were digested have changed, although they have the hashes that they had. */
    void overlooked(int pages) {
        overlooked += pages;
    }

    /** What the hashes of the parent have not told. */
    public Optional<Overlooked> overlooked() {
        return overlooked == 0 || digestedBefore == null
                ? Optional.empty()
                : Optional.of(new Overlooked(overlooked, digestedBefore));
    }

    /** Begins to read all pages, which the caller closes. */
    public HashingPass pass(int pageSize, long pageCount) {
        var before = known;
        if (before == null || before.header().pageSize() != pageSize) {
            return new HashingPass(this, pageSize, pageCount, null, newSecret(), false, now);
        }
        var header = before.header();
        var digestedAt = trusted ? header.digestedAt() : now;
        return new HashingPass(this, pageSize, pageCount, before, header.secret(), trusted, digestedAt);
    }

    private static byte[] newSecret() {
        var secret = new byte[PageHash.SECRET_SIZE];
        new SecureRandom().nextBytes(secret);
        return secret;
    }

    /** Not the one of the pass before, which is read meanwhile. What a process that died has left there is overwritten. */
    private Path pathOfPass() {
        var first = path.resolveSibling(path.getFileName() + FIRST);
        return first.equals(unkept) ? path.resolveSibling(path.getFileName() + SECOND) : first;
    }

    FileChannel newFile() throws IOException {
        var target = pathOfPass();
        if (!target.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return FileChannel.open(target, NEW);
        }
        var ownerOnly = PosixFilePermissions.fromString("rw-------");
        return FileChannel.open(target, NEW, PosixFilePermissions.asFileAttribute(ownerOnly));
    }

    /** @param hashes of all pages, as a pass has left them; null where it could not write them */
    void finished(@Nullable KnownHashes hashes, @Nullable IOException why) {
        var written = pathOfPass();
        dropKnown();
        known = hashes;
        trusted = true; // they are of what this process has just read
        unkept = hashes == null ? null : written;
        failure = why;
    }

    /** The snapshot has what was read last: that is known from now on. It may be known before there is the snapshot, for it is the digests by which it is looked for. */
    public void keep() {
        var finished = unkept;
        if (finished != null) {
            try {
                Files.move(finished, path, StandardCopyOption.ATOMIC_MOVE);
                unkept = null;
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    /** Why the hashes of what was read last are not known from now on. */
    public Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    void drop(@Nullable FileChannel unfinished) {
        if (unfinished != null) {
            closeAndDelete(unfinished, pathOfPass());
        }
    }

    private void dropKnown() {
        var before = known;
        known = null;
        if (before != null) {
            closeAndDelete(before.file(), unkept);
        }
    }

    private void closeAndDelete(FileChannel file, @Nullable Path name) {
        try (file) {
            if (name != null) {
                Files.deleteIfExists(name);
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    @Override
    public void close() {
        dropKnown();
    }
}
