package dev.afterimage.bytes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What Linux can be told and asked about files, and Java does not tell and ask. The file is opened and closed for it, so it must
 * be none that this process has locked.
 */
public final class FileCalls {

    /** Of open(2), as Linux has them on every processor that Java runs on. */
    private static final int READ = 0;

    private static final int WRITE = 01;
    private static final int CLOSE_ON_EXEC = 02000000;

    /** Of sync_file_range(2). */
    private static final int WAIT_FOR_WHAT_IS_BEING_WRITTEN = 1;

    private static final int WRITE_WHAT_IS_NOT = 2;

    /** Of posix_fadvise(2), as on every processor that Java runs on but IBM Z. */
    private static final int NOT_NEEDED = 4;

    private static final Optional<Calls> CALLS = Calls.find();

    private FileCalls() {}

    /**
     * Tells that so many bytes are going to be written, by <a href="https://man7.org/linux/man-pages/man2/fallocate.2.html">fallocate(2)</a>:
     * the file system looks for room once, and not with each write. The file then has that size. Nothing depends on it: elsewhere, and
     * where the file system cannot, nothing happens.
     */
    public static void willHave(Path file, long bytes) {
        CALLS.ifPresent(calls -> calls.with(file, WRITE, number -> {
            return (int) calls.fallocate.invokeExact(number, 0, 0L, bytes); // if there is no room, the writing tells
        }));
    }

    /**
     * Asks whether the disk has refused anything of a file that was written but not synced: the operating system would give out
     * what the disk had before. It need not have been written yet, and is not for this; elsewhere than on Linux it is.
     *
     * @throws IOException if it has
     */
    public static void requireNothingLost(Path file) throws IOException {
        if (CALLS.isEmpty()) {
            Fsync.file(file);
            return;
        }
        var calls = CALLS.get();
        int refused = calls.with(file, READ, number -> {
            return (int) calls.syncFileRange.invokeExact(number, 0L, 0L, WAIT_FOR_WHAT_IS_BEING_WRITTEN);
        });
        if (refused != 0) {
            throw new IOException("The disk has not taken what was written to it");
        }
    }

    /**
     * Has the operating system begin to write what a file has got since the disk last had all of it, and does not wait: a sync
     * that comes later has less to do. Elsewhere than on Linux nothing happens.
     */
    public static void beginWriting(Path file) {
        CALLS.ifPresent(calls -> calls.with(file, READ, number -> {
            return (int) calls.syncFileRange.invokeExact(number, 0L, 0L, WRITE_WHAT_IS_NOT);
        }));
    }

    /**
     * Tells that what was read of a file is not needed again soon, so that the operating system's cache keeps what others read
     * instead. Elsewhere than on Linux nothing happens.
     */
    public static void isRead(Path file) {
        CALLS.ifPresent(calls -> calls.with(file, READ, number -> {
            return (int) calls.fadvise.invokeExact(number, 0L, 0L, NOT_NEEDED);
        }));
    }

    /** Something that is done with an open file. */
    private interface Call {
        int on(int number) throws Throwable;
    }

    /** Those of the C library. */
    private record Calls(
            MethodHandle open,
            MethodHandle fallocate,
            MethodHandle syncFileRange,
            MethodHandle fadvise,
            MethodHandle close) {

        static Optional<Calls> find() {
            var linker = Linker.nativeLinker();
            var library = linker.defaultLookup();
            if (library.find("sync_file_range").isEmpty()) { // which Linux alone has
                return Optional.empty();
            }
            var number = ValueLayout.JAVA_INT;
            var bytes = ValueLayout.JAVA_LONG;
            return Optional.of(new Calls(
                    linker.downcallHandle(
                            library.findOrThrow("open"),
                            FunctionDescriptor.of(number, ValueLayout.ADDRESS, number),
                            Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(
                            library.findOrThrow("fallocate"),
                            FunctionDescriptor.of(number, number, number, bytes, bytes)),
                    linker.downcallHandle(
                            library.findOrThrow("sync_file_range"),
                            FunctionDescriptor.of(number, number, bytes, bytes, number)),
                    linker.downcallHandle(
                            library.findOrThrow("posix_fadvise"),
                            FunctionDescriptor.of(number, number, bytes, bytes, number)),
                    linker.downcallHandle(library.findOrThrow("close"), FunctionDescriptor.of(number, number))));
        }

        /** What the call returned; -1 also if there is no such file. */
        int with(Path file, int access, Call call) {
            try (var arena = Arena.ofConfined()) {
                int number = (int) open.invokeExact(arena.allocateFrom(file.toString()), access | CLOSE_ON_EXEC);
                if (number < 0) {
                    return -1;
                }
                try {
                    return call.on(number);
                } finally {
                    int _ = (int) close.invokeExact(number);
                }
            } catch (Throwable e) {
                throw new IllegalStateException("The C library cannot be called", e);
            }
        }
    }
}
