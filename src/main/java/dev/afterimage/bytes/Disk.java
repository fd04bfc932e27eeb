package dev.afterimage.bytes;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The file system that a path lies on. {@link Files#getFileStore} looks for it among the mount points, and fails where it lies on none of
 * them, as in a {@code chroot} to a directory; the kernel is asked here, which knows it everywhere.
 */
public final class Disk {

    private Disk() {}

    /**
     * What is left on it for this user.
     *
     * @return bytes
     * @throws IOException when there is no such path, or it may not be looked at, or the file system tells nothing
     */
    public static long usableBytes(Path path) throws IOException {
        Files.readAttributes(path, BasicFileAttributes.class); // which says why it cannot be looked at
        var file = path.toFile();
        long usable = file.getUsableSpace();
        if (usable == 0 && file.getTotalSpace() == 0) { // full is only what has a size
            throw new FileSystemException(path.toString(), null, "its file system does not tell how much room it has");
        }
        return usable;
    }

    /**
     * Equal for paths on one device, also when they are mounted apart, as the volumes of a container are. Subvolumes of btrfs and datasets of ZFS are
     * devices of their own, though they share their room.
     *
     * @throws IOException when there is no such path, or it may not be looked at
     */
    public static Object of(Path path) throws IOException {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix")
                ? Files.getAttribute(path, "unix:dev")
                : Files.getFileStore(path);
    }
}
