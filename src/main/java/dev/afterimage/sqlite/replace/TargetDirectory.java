package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.live.Descriptor;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A directory to which may be written, held open: what is made, linked, renamed or deleted in it is in this directory and in no other,
 * though somebody moves it away and puts a symbolic link in its place.
 */
public final class TargetDirectory implements AutoCloseable {

    private final Path path;
    private final Descriptor descriptor;

    /**
     * Opens a directory.
     *
     * @param path as it was allowed, absolute and real
     * @return closed by the caller
     * @throws IOException when it cannot be read, or the path leads elsewhere by now
     */
    public static TargetDirectory open(Path path) throws IOException {
        return held(path, Descriptor.ofDirectory(path));
    }

    private static TargetDirectory held(Path path, Descriptor descriptor) throws IOException {
        try {
            if (!descriptor.leadsTo().equals(path) || !Files.isDirectory(descriptor.path())) {
                throw new FileSystemException(path.toString(), null, "its path leads elsewhere by now");
            }
            return new TargetDirectory(path, descriptor);
        } catch (IOException | RuntimeException e) {
            descriptor.close();
            throw e;
        }
    }

    private TargetDirectory(Path path, Descriptor descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    public Descriptor descriptor() {
        return descriptor;
    }

    /** As it was allowed: to tell users of it. */
    public Path path() {
        return path;
    }

    /** The path by which to reach an entry of this directory, and no other's. */
    public Path at(String name) {
        return descriptor.path().resolve(name);
    }

    /** The entries of this directory. */
    public Path entries() {
        return descriptor.path();
    }

    /** Device and inode of an entry, of a link its own; null when there is none. */
    public @Nullable Object identity(String name) throws IOException {
        try {
            return Files.readAttributes(at(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    public boolean has(String name) {
        return Files.exists(at(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** Whether two names are those of one file. */
    public boolean areSame(String one, String other) throws IOException {
        var identity = identity(one);
        return identity != null && Objects.equals(identity, identity(other));
    }

    /** Makes an empty file that only its owner may read; the caller closes it. */
    public Descriptor create(String name) throws IOException {
        return Descriptor.ofNewFile(at(name));
    }

    /**
     * Opens a directory in this one.
     *
     * @return closed by the caller
     * @throws IOException when it cannot be read, or a link in its place leads elsewhere
     */
    public TargetDirectory within(String name) throws IOException {
        var inner = new TargetDirectory(path.resolve(name), Descriptor.ofDirectory(at(name)));
        try {
            if (!Objects.equals(identity("."), inner.identity(".."))) {
                throw new FileSystemException(inner.path().toString(), null, "it leads elsewhere");
            }
            return inner;
        } catch (IOException | RuntimeException e) {
            inner.close();
            throw e;
        }
    }

    /** Makes the names in it survive a power failure, as far as the file system knows how to. */
    public void sync() throws IOException {
        descriptor.sync();
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
