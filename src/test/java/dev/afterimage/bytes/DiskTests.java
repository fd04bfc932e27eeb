package dev.afterimage.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.sqlite.OtherProcess;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DiskTests {

    /** All directories of this system under a root that is itself no mount point, without being root for it. */
    private static final String OTHER_ROOT = """
            set -e
            root=$1
            shift
            for entry in /*; do
                if [ -L "$entry" ]; then
                    ln -sfn "$(readlink "$entry")" "$root$entry"
                elif [ -d "$entry" ]; then
                    mkdir -p "$root$entry"
                    mount --rbind "$entry" "$root$entry"
                fi
            done
            exec chroot "$root" "$@"
            """;

    @TempDir
    Path directory;

    /** Prints what is told of a path, and of another that shares its room. */
    static final class Teller {

        public static void main(String... paths) throws IOException {
            System.out.println(Disk.usableBytes(Path.of(paths[0])) > 0 ? "has room" : "is full");
            System.out.println(Disk.of(Path.of(paths[0])).equals(Disk.of(Path.of(paths[1]))) ? "one" : "two");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void allIsToldWhereTheRootIsNoMountPoint() throws IOException {
        var root = Files.createDirectory(directory.resolve("root"));
        Files.createDirectories(root.resolve("data/below"));
        var underIt =
                List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", OTHER_ROOT, "sh", "" + root);
        assumeTrue(OtherProcess.canRunUnder(underIt), "needs a namespace of its own for users and mounts");

        try (var told = OtherProcess.startUnder(underIt, Teller.class, "/data", "/data/below")) {
            assertThat(told.nextLine()).isEqualTo("has room");
            assertThat(told.nextLine()).isEqualTo("one");
        }
    }

    @Test
    void usableBytesAreNoMoreThanTheFileSystemHas() throws IOException {
        var file = Files.createFile(directory.resolve("file"));

        assertThat(Disk.usableBytes(directory))
                .isBetween(1L, Files.getFileStore(directory).getTotalSpace());
        assertThat(Disk.usableBytes(file))
                .isBetween(1L, Files.getFileStore(directory).getTotalSpace());
    }

    @Test
    void usableBytesWhenThePathIsMissingAreNotTakenForNone() {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Disk.usableBytes(directory.resolve("missing")));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void usableBytesWhenTheFileSystemTellsNoSizeAreNotTakenForNone() {
        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> Disk.usableBytes(Path.of("/proc")))
                .withMessage("/proc: its file system does not tell how much room it has");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void ofIsAnotherOnAnotherFileSystem() throws IOException {
        assertThat(Disk.of(directory)).isNotEqualTo(Disk.of(Path.of("/proc")));
    }
}
