package dev.afterimage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A real file system in a file, mounted for a test. Needs root, loop devices and the tools of the file system: where one of them is missing, the
 * test is skipped and says so.
 */
public final class LoopImage implements AutoCloseable {

    private final Path mount;

    public static LoopImage btrfs(Path directory) throws Exception {
        return new LoopImage(directory, "btrfs", 150L << 20, "-q");
    }

    /** With reflinks. */
    public static LoopImage xfs(Path directory) throws Exception {
        return new LoopImage(directory, "xfs", 400L << 20, "-q", "-m", "reflink=1");
    }

    private LoopImage(Path directory, String type, long bytes, String... options) throws Exception {
        var image = directory.resolve(type + ".img");
        mount = Files.createDirectory(directory.resolve(type)).toRealPath();
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        var make = new String[options.length + 2];
        make[0] = "mkfs." + type;
        System.arraycopy(options, 0, make, 1, options.length);
        make[make.length - 1] = image.toString();
        assumeTrue(run(make), "there is no mkfs." + type + " here");
        assumeTrue(
                run("mount", "-o", "loop", image.toString(), mount.toString()),
                "an image with " + type + " cannot be mounted here");
    }

    public Path mount() {
        return mount;
    }

    /** Whether the command is there, and succeeds. */
    public static boolean run(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws Exception {
        if (!run("umount", mount.toString())) {
            throw new IOException(mount + " cannot be unmounted");
        }
    }
}
