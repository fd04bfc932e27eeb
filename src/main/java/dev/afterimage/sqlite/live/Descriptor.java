package dev.afterimage.sqlite.live;

import dev.afterimage.bytes.Fsync;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A file or directory that is held open. Whatever becomes of its name, {@link #path} leads to it, by
 * <a href="https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html">/proc/self/fd</a>. Java tells no descriptor's number, so it is
 * opened by the C library. Where there is no such /proc, its name is all there is.
 */
public final class Descriptor implements Closeable {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** Of open(2), as Linux has them on every processor that Java runs on. */
    private static final int READ = 0;

    private static final int READ_WRITE = 02;
    private static final int CREATE = 0100;
    private static final int EXCLUSIVELY = 0200;

    /** Of a named pipe: it does not wait for anybody. */
    private static final int WITHOUT_WAITING = 04000;

    private static final int CLOSE_ON_EXEC = 02000000;

    private static final int OWNER_ONLY = 0600;

    /** Of ioctl(2), on the processors for which the driver has a library, but for PowerPC: there the kernel knows no such request. */
    private static final long FICLONE = 0x40049409L;

    private static final int ENOENT = 2;
    private static final int EACCES = 13;
    private static final int EEXIST = 17;

    /** EINVAL, ENOSYS and EOPNOTSUPP: the file system has nothing to sync there. */
    private static final Set<Integer> NOTHING_TO_SYNC = Set.of(22, 38, 95);

    private static final MemoryLayout ERRNO = Linker.Option.captureStateLayout();
    private static final AddressLayout TEXT =
            ValueLayout.ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(1024, ValueLayout.JAVA_BYTE));

    private final Path name;
    private final int number;

    /** Opens a directory, or what a link in its place leads to: see {@link #leadsTo}. */
    public static Descriptor ofDirectory(Path name) throws IOException {
        return isLinux() ? open(name, READ | WITHOUT_WAITING) : new Descriptor(name.toRealPath(), -1);
    }

    /** Opens a file to read it. Never a live database: closing it would drop locks, see {@link LiveFile}. */
    static Descriptor ofFile(Path name) throws IOException {
        return open(name, READ | WITHOUT_WAITING);
    }

    /** Makes an empty file that only its owner may read. Nothing may have the name, not even a link. */
    public static Descriptor ofNewFile(Path name) throws IOException {
        return isLinux() ? open(name, READ_WRITE | CREATE | EXCLUSIVELY) : new Descriptor(Files.createFile(name), -1);
    }

    public static boolean isLinux() {
        return Files.isDirectory(DESCRIPTORS);
    }

    private static Descriptor open(Path name, int flags) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var errno = arena.allocate(ERRNO);
            int number = (int) Calls.OPEN.invokeExact(
                    errno, arena.allocateFrom(name.toString()), flags | CLOSE_ON_EXEC, OWNER_ONLY);
            if (number < 0) {
                throw failure(name, errno.get(ValueLayout.JAVA_INT, 0));
            }
            return new Descriptor(name, number);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("open(2) cannot be called", e);
        }
    }

    private static FileSystemException failure(Path name, int errno) throws Throwable {
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(name.toString());
            case EACCES -> new AccessDeniedException(name.toString());
            case EEXIST -> new FileAlreadyExistsException(name.toString());
            default ->
                new FileSystemException(
                        name.toString(), null, ((MemorySegment) Calls.WORDS.invokeExact(errno)).getString(0));
        };
    }

    /**
     * Puts one that only reads in the place of each descriptor by which this process has a file open: writing to it fails from now on, which
     * ends C code that cannot be told to stop. Only for a file that nobody else opens or closes meanwhile, and never a live database: its
     * locks are dropped. Elsewhere than on Linux nothing is done.
     */
    public static void refuseWrites(Path name) throws IOException {
        if (!isLinux()) {
            return;
        }
        var real = name.toRealPath();
        try (var readOnly = ofFile(real);
                var numbers = Files.newDirectoryStream(DESCRIPTORS)) {
            for (var number : numbers) {
                if (!number.equals(readOnly.path()) && leadsTo(number, real)) {
                    readOnly.putInPlaceOf(Integer.parseInt(number.getFileName().toString()));
                }
            }
        }
    }

    private static boolean leadsTo(Path number, Path file) throws IOException {
        try {
            return Files.readSymbolicLink(number).equals(file);
        } catch (NoSuchFileException e) { // another thread has closed it meanwhile
            return false;
        }
    }

    private void putInPlaceOf(int other) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var errno = arena.allocate(ERRNO);
            if ((int) Calls.REPLACE.invokeExact(errno, number, other, CLOSE_ON_EXEC) < 0) {
                throw failure(name, errno.get(ValueLayout.JAVA_INT, 0));
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("dup3(2) cannot be called", e);
        }
    }

    /** Of what has no name. */
    static Descriptor of(long number) {
        return new Descriptor(DESCRIPTORS.resolve(Long.toString(number)), Math.toIntExact(number));
    }

    private Descriptor(Path name, int number) {
        this.name = name;
        this.number = number;
    }

    /** Leads here as long as this is open. A path of a file that is added to that of a directory leads into it. */
    public Path path() {
        return number < 0 ? name : DESCRIPTORS.resolve(Integer.toString(number));
    }

    /** As the operating system knows it; negative where that is not known. */
    int number() {
        return number;
    }

    /** The real path at this moment, as the kernel tells it. */
    public Path leadsTo() throws IOException {
        return number < 0 ? name.toRealPath() : Files.readSymbolicLink(path());
    }

    /**
     * Has the file system let this file, which is empty, share all blocks of another one, by
     * <a href="https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html">FICLONE</a>.
     *
     * @return false if it cannot, for whatever reason; then this file still is empty
     */
    boolean share(Descriptor other) {
        try (var arena = Arena.ofConfined()) {
            return (int) Calls.CONTROL.invokeExact(arena.allocate(ERRNO), number, FICLONE, other.number) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("ioctl(2) cannot be called", e);
        }
    }

    /** Makes what a directory has in it survive a power failure. Some file systems know no such thing, and then nothing is done. */
    public void sync() throws IOException {
        if (number < 0) {
            Fsync.directory(name);
            return;
        }
        try (var arena = Arena.ofConfined()) {
            var captured = arena.allocate(ERRNO);
            int result = (int) Calls.SYNC.invokeExact(captured, number);
            int errno = captured.get(ValueLayout.JAVA_INT, 0);
            if (result != 0 && !NOTHING_TO_SYNC.contains(errno)) {
                throw failure(name, errno);
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("fsync(2) cannot be called", e);
        }
    }

    @Override
    public void close() {
        if (number >= 0) {
            try {
                int _ = (int) Calls.CLOSE.invokeExact(number); // what was to last is synced
            } catch (Throwable e) {
                throw new IllegalStateException("close(2) cannot be called", e);
            }
        }
    }

    /** Looked for when one is needed: elsewhere than on Linux none is. */
    private static final class Calls {

        static final MethodHandle OPEN = find(
                "open",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2),
                Linker.Option.captureCallState("errno"));

        static final MethodHandle SYNC = find(
                "fsync",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                Linker.Option.captureCallState("errno"));

        static final MethodHandle CONTROL = find(
                "ioctl",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2),
                Linker.Option.captureCallState("errno"));

        static final MethodHandle REPLACE = find(
                "dup3",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                Linker.Option.captureCallState("errno"));

        static final MethodHandle CLOSE =
                find("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

        static final MethodHandle WORDS = find("strerror", FunctionDescriptor.of(TEXT, ValueLayout.JAVA_INT));

        private static MethodHandle find(String name, FunctionDescriptor type, Linker.Option... options) {
            var linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
        }
    }
}
