package dev.afterimage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;

/** Lets calls of the file system fail in another process, by {@code torture/shim.c}; gcc compiles it. */
public final class FileSystemFaults {

    /** A kind of call, in the order of the shim's. */
    public enum Call {
        READ,
        OPEN,
        WRITE,
        CREATE,
        SYNC,
        RENAME,
        LINK,
        UNLINK,
        TRUNCATE,
        MKDIR
    }

    private static final int EIO = 5;

    private static final int OFF = 0;
    private static final int ARMED = 2;

    /** Where the shim's {@code struct control} has them. */
    private static final int AT_CALLS = 4;

    private static final int AT_PLACES = 8;
    private static final int AT_ERROR = 12;
    private static final int AT_NTH = 20;
    private static final int AT_FROM_THEN_ON = 24;
    private static final int AT_LOADED = 28;
    private static final int AT_MET = 32;
    private static final int AT_FAILED = 36;
    private static final int AT_PREFIXES = 40;
    private static final int AT_TOLD = 48 + 8 * 32 * 4;
    private static final int TEXT = 256;
    private static final int AT_FIRST_PREFIX = AT_TOLD + 8 * TEXT;
    private static final int SIZE = AT_FIRST_PREFIX + 16 * TEXT;

    private final Path shim;
    private final Path control;
    private final MappedByteBuffer map;

    /**
     * @param dir for what is needed
     * @param places only calls on these and what lies in them fail
     */
    public FileSystemFaults(Path dir, Path... places) throws IOException {
        this.shim = compiled(dir.resolve("shim.so"));
        this.control = dir.resolve("faults");
        Files.write(control, new byte[SIZE]);
        try (var channel = FileChannel.open(control, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            map = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
        }
        map.order(ByteOrder.nativeOrder());
        for (int i = 0; i < places.length; i++) {
            map.put(AT_FIRST_PREFIX + i * TEXT + 4, places[i].toString().getBytes(StandardCharsets.UTF_8));
        }
        map.putInt(AT_PREFIXES, places.length);
        map.putInt(AT_PLACES, 1);
        map.putInt(AT_ERROR, EIO);
    }

    private static Path compiled(Path shim) throws IOException {
        var source = Path.of("torture", "shim.c");
        try {
            var gcc = new ProcessBuilder(
                            "gcc", "-O2", "-shared", "-fPIC", "-o", shim.toString(), source.toString(), "-ldl")
                    .inheritIO()
                    .start();
            assumeTrue(gcc.waitFor() == 0, "gcc cannot compile " + source + " here");
        } catch (IOException e) {
            assumeTrue(false, "there is no gcc: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return shim;
    }

    /** A command that runs the one which follows it with such faults. */
    public List<String> prefix() {
        return List.of("env", "LD_PRELOAD=" + shim, "AFTERIMAGE_FAULTS=" + control);
    }

    /** Whether a process has found the faults: else nothing would fail. */
    public boolean areLoaded() {
        return map.getInt(AT_LOADED) > 0;
    }

    /** From now on the n-th of such calls fails with EIO, and all after it too, or only that one. */
    public void fail(Set<Call> calls, int nth, boolean fromThenOn) {
        map.putInt(AT_MET, 0);
        map.putInt(AT_FAILED, 0);
        map.put(AT_TOLD, new byte[8 * TEXT]);
        map.putInt(
                AT_CALLS, calls.stream().mapToInt(call -> 1 << call.ordinal()).sum());
        map.putInt(AT_NTH, nth);
        map.putInt(AT_FROM_THEN_ON, fromThenOn ? 1 : 0);
        map.putInt(0, ARMED);
        map.force();
    }

    /** From now on nothing fails. @return how many calls have */
    public int end() {
        map.putInt(0, OFF);
        return map.getInt(AT_FAILED);
    }

    /** The first call that failed: function and path. */
    public String first() {
        var text = new byte[TEXT];
        map.get(AT_TOLD, text);
        return new String(text, StandardCharsets.UTF_8).trim();
    }
}
