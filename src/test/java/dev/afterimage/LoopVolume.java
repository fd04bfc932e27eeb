package dev.afterimage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A volume {@code data} of LVM with a file system, mounted for a test, in a group of its own on a file. Needs root, loop devices, the device
 * mapper and {@code lvm2}: where one of them is missing, the test is skipped and says so.
 */
public final class LoopVolume implements AutoCloseable {

    private final String group = "afterimage-test-" + ProcessHandle.current().pid();
    private final Path mount;
    private final String device;

    public static LoopVolume ext4(Path directory) throws Exception {
        assumeTrue(Files.readString(Path.of("/proc/misc")).contains("device-mapper"), "there is no device mapper here");
        var volume = new LoopVolume(directory);
        try {
            volume.make();
            return volume;
        } catch (Throwable e) {
            try (volume) {
                throw e;
            }
        }
    }

    private LoopVolume(Path directory) throws Exception {
        var image = directory.resolve("lvm.img");
        mount = Files.createDirectory(directory.resolve("lvm")).toRealPath();
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(200L << 20);
        }
        device = output("losetup", "-f", "--show", image.toString()).strip();
        assumeTrue(device.startsWith("/dev/"), "there are no loop devices here");
    }

    private void make() throws Exception {
        var volume = "/dev/" + group + "/data";
        for (var command : List.of(
                List.of("pvcreate", "-q", device),
                List.of("vgcreate", "-q", group, device),
                List.of("lvcreate", "-q", "-y", "-L", "100M", "-n", "data", group),
                List.of("mkfs.ext4", "-q", volume),
                List.of("mount", volume, mount.toString()))) {
            assumeTrue(LoopImage.run(command.toArray(String[]::new)), command.getFirst() + " does not work here");
        }
    }

    public Path mount() {
        return mount;
    }

    /** The name of its group. */
    public String group() {
        return group;
    }

    /** Of the volumes in its group. */
    public List<String> names() throws Exception {
        return output("lvs", "--noheadings", "-o", "lv_name", group)
                .strip()
                .lines()
                .map(String::strip)
                .toList();
    }

    /** What it prints; nothing when it is not there. */
    private static String output(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (var printed = process.getInputStream()) {
                var text = new String(printed.readAllBytes(), StandardCharsets.UTF_8);
                process.waitFor(1, TimeUnit.MINUTES);
                return text;
            }
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() throws Exception {
        LoopImage.run("umount", mount.toString());
        LoopImage.run("vgremove", "-qf", group); // with all volumes that are in it
        if (!LoopImage.run("losetup", "-d", device)) {
            throw new IOException(device + " cannot be let go");
        }
    }
}
