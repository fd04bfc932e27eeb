package dev.afterimage.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A file that appears under its name only when it is complete. Until then its bytes are in a temporary file beside it,
 * named after the job, so that a later attempt or the next start finds what a crash left.
 */
public record NewFile(Path target, Path temporary) {

    /** What SQLite would take for a part of the database if it were there. */
    private static final List<String> COMPANIONS = List.of("", "-wal", "-shm", "-journal");

    static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    public static NewFile of(Path target, UUID jobId) {
        return new NewFile(target, target.resolveSibling("." + target.getFileName() + ".afterimage-" + jobId));
    }

    /** @throws TargetException.Exists when the target or a companion of it is there */
    public static void requireAbsent(Path target) {
        for (var companion : COMPANIONS) {
            var path = target.resolveSibling(target.getFileName() + companion);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new TargetException.Exists(path);
            }
        }
    }

    /** @throws TargetException.Full when the file system has less than {@code bytes} left */
    public void requireRoom(long bytes) {
        Room.in(directory(), bytes).requireEnough();
    }

    /** Sets who may do what with the file once it has its name. Until then only its owner may read it. */
    void allow(Set<PosixFilePermission> permissions) {
        var view = Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
        try {
            if (view != null) {
                view.setPermissions(permissions);
            }
        } catch (IOException e) {
            // A file system without permissions, such as FAT, may refuse: the file is then as open as all files there.
        }
    }

    /**
     * Gives the complete temporary file its name, unless another file has got it meanwhile. It keeps the temporary one too, by which
     * it can be told who made it, until {@link #discard}.
     */
    public void publish() {
        try {
            nameIt();
            sync(directory());
        } catch (FileAlreadyExistsException e) {
            throw new TargetException.Exists(target);
        } catch (IOException e) {
            throw new TargetException.Unwritable(target, e);
        }
    }

    /** By a link: a rename would replace a file that appeared meanwhile. Some file systems, such as FAT, have no links. */
    private void nameIt() throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.createFile(target); // takes the name, or fails because it is taken
            replaceEmptyTarget();
        }
    }

    private void replaceEmptyTarget() throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.delete(target);
            throw e;
        }
    }

    /** Whether the temporary file already has its name too. Looks at both from outside: the target may be in use. */
    boolean isPublished() {
        try {
            return Files.exists(temporary) && Files.exists(target) && Files.isSameFile(temporary, target);
        } catch (IOException e) {
            throw new TargetException.Unwritable(target, e);
        }
    }

    /** Removes the temporary file if it is there. */
    public void discard() {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw new TargetException.Unwritable(temporary, e);
        }
    }

    private Path directory() {
        var parent = target.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(target + " is no file in a directory");
        }
        return parent;
    }

    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
