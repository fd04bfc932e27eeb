package dev.afterimage.sqlite.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which processes have a database open or locked, from <a href="https://man7.org/linux/man-pages/man5/proc.5.html">/proc</a>
 * of Linux. This process is among them when it is one. Without privileges, what other users' processes have open is not
 * seen, only their locks.
 */
public final class Holders {

    private static final Path PROC = Path.of("/proc");
    private static final String PROCESS_DIRECTORIES = "[1-9]*";

    /** Hidden from others than root where /proc is mounted with hidepid. */
    private static final Path FIRST_PROCESS = PROC.resolve("1");

    private static final Path PID_NAMESPACE = PROC.resolve("self/ns/pid");

    /** In <a href="https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/linux/proc_ns.h">proc_ns.h</a>, PROC_PID_INIT_INO. */
    private static final String FIRST_PID_NAMESPACE = "pid:[" + 0xEFFFFFFCL + "]";

    private static final int LONGEST_COMMAND = 200;

    private static final String FLAGS = "flags:";
    private static final long ACCESS_MODE = 3;
    private static final long READ_ONLY = 0;
    private static final long WRITE_ONLY = 1;

    /**
     * Looks at the database file, its {@code -wal}, {@code -shm} and {@code -journal} without opening them.
     *
     * @return ordered by pid; empty on systems without /proc, or when there is no such file
     */
    public static List<Holder> of(Path database) {
        var files = HeldFile.family(database);
        if (files.isEmpty()) {
            return List.of();
        }
        var filesByPid = openFiles(files, (process, descriptor) -> true);
        var locksByPid = new TreeMap<Long, Set<String>>();
        filesByPid.keySet().forEach(pid -> locksByPid.put(pid, new TreeSet<>()));
        addLockers(files, locksByPid);
        return locksByPid.entrySet().stream()
                .map(holder -> holder(holder.getKey(), holder.getValue(), filesByPid))
                .toList();
    }

    /** As {@link #of}, without this process. */
    public static List<Holder> others(Path database) {
        long self = ProcessHandle.current().pid();
        return of(database).stream().filter(holder -> holder.pid() != self).toList();
    }

    /** Those others by whom the database is followed, as this service does it. */
    static List<Holder> followers(Path database) {
        return others(database).stream()
                .filter(holder -> holder.locks().contains(HeldFile.FOLLOWER_NAME))
                .toList();
    }

    /**
     * Whether {@link #of} sees what any process of this machine has open: this process must be in the machine's first PID namespace, and may look
     * at the descriptors of all others, as root may. Other machines that have mounted the same file system are never seen.
     */
    static boolean allCanBeSeen() {
        return Confinement.unconfined(Holders::seesAll);
    }

    private static boolean seesAll() {
        try (var processes = Files.newDirectoryStream(PROC, PROCESS_DIRECTORIES)) {
            if (!Files.readSymbolicLink(PID_NAMESPACE).toString().equals(FIRST_PID_NAMESPACE)
                    || !maySeeDescriptors(FIRST_PROCESS)) {
                return false;
            }
            for (var process : processes) {
                if (!maySeeDescriptors(process) && Files.exists(process)) {
                    return false;
                }
            }
            return true;
        } catch (IOException | DirectoryIteratorException e) {
            return false; // another operating system, or a kernel without namespaces
        }
    }

    private static boolean maySeeDescriptors(Path process) {
        try (var _ = Files.newDirectoryStream(process.resolve("fd"))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<Long, List<String>> openFiles(List<HeldFile> files, BiPredicate<Path, Path> counts) {
        return Confinement.unconfined(() -> filesByPid(files, counts));
    }

    private static Map<Long, List<String>> filesByPid(List<HeldFile> files, BiPredicate<Path, Path> counts) {
        var filesByPid = new TreeMap<Long, List<String>>();
        try (var processes = Files.newDirectoryStream(PROC, PROCESS_DIRECTORIES)) {
            for (var process : processes) {
                var open = openFiles(process, files, counts);
                if (!open.isEmpty()) {
                    filesByPid.put(Long.parseLong(process.getFileName().toString()), open);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // No /proc: another operating system, which tells nothing.
        }
        return filesByPid;
    }

    private static List<String> openFiles(Path process, List<HeldFile> files, BiPredicate<Path, Path> counts) {
        var open = new TreeSet<String>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (var descriptor : descriptors) {
                var found = fileAt(descriptor, files);
                if (found != null && counts.test(process, descriptor)) {
                    open.add(found);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It has ended meanwhile, or is another user's.
        }
        return List.copyOf(open);
    }

    private static @Nullable String fileAt(Path descriptor, List<HeldFile> files) {
        try {
            var leadsTo = Files.readSymbolicLink(descriptor).toString();
            for (var file : files) {
                if (file.isAt(descriptor, leadsTo)) {
                    return file.path().getFileName().toString();
                }
            }
            return null;
        } catch (IOException e) {
            return null; // closed meanwhile
        }
    }

    /**
     * The processes that have the database file open for nothing but writing, as {@code cp} has and SQLite never does. Does not open it.
     *
     * @return without commands and locks; empty where other processes' files cannot be seen
     */
    public static List<Long> overwriting(SourceFile file) {
        var database = HeldFile.family(file.path()).stream().limit(1).toList();
        return openFiles(database, (process, descriptor) -> accessMode(process, descriptor) == WRITE_ONLY)
                .keySet()
                .stream()
                .toList();
    }

    /**
     * The processes that can write to a file which had the path before it was deleted, or before another one got its name. Those that
     * see other mounts than we may mean another path by it.
     *
     * @param database with symbolic links resolved
     */
    static List<Long> ofDeleted(Path database) {
        return ofDeleted(List.of(database)).getOrDefault(database, List.of());
    }

    /** The same of many, at the cost of one. */
    static Map<Path, List<Long>> ofDeleted(Collection<Path> databases) {
        return Confinement.unconfined(() -> writersOfDeleted(databases));
    }

    private static Map<Path, List<Long>> writersOfDeleted(Collection<Path> databases) {
        var links = new HashMap<Path, Path>();
        databases.forEach(database -> links.put(Path.of(database + " (deleted)"), database));
        var found = new HashMap<Path, List<Long>>();
        try (var processes = Files.newDirectoryStream(PROC, PROCESS_DIRECTORIES)) {
            for (var process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (pid != ProcessHandle.current().pid()) {
                    writtenBy(process, links.keySet())
                            .forEach(link -> found.computeIfAbsent(
                                            Objects.requireNonNull(links.get(link)), database -> new ArrayList<>())
                                    .add(pid));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // No /proc: another operating system, which tells nothing.
        }
        return found;
    }

    private static Set<Path> writtenBy(Path process, Set<Path> links) {
        var written = new HashSet<Path>();
        try (var descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (var descriptor : descriptors) {
                var link = leadsTo(descriptor);
                if (link != null
                        && links.contains(link)
                        && accessMode(process, descriptor) != READ_ONLY
                        && seesOurMounts(process)) {
                    written.add(link);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It has ended meanwhile, or is another user's.
        }
        return written;
    }

    private static @Nullable Path leadsTo(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException e) {
            return null; // closed meanwhile
        }
    }

    private static boolean seesOurMounts(Path process) throws IOException {
        return Files.readSymbolicLink(process.resolve("ns/mnt"))
                .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")));
    }

    /** By its <a href="https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html">flags</a>, in octal. */
    private static long accessMode(Path process, Path descriptor) {
        try (var lines = Files.lines(process.resolve("fdinfo").resolve(descriptor.getFileName()))) {
            return lines.filter(line -> line.startsWith(FLAGS))
                    .map(line -> Long.parseLong(line.substring(FLAGS.length()).strip(), 8) & ACCESS_MODE)
                    .findFirst()
                    .orElse(READ_ONLY);
        } catch (IOException | UncheckedIOException e) {
            return READ_ONLY; // it was closed meanwhile
        }
    }

    private static void addLockers(List<HeldFile> files, SortedMap<Long, Set<String>> locksByPid) {
        for (var lock : PosixLock.all()) {
            for (var file : files) {
                // Some file systems (overlayfs, btrfs) show stat another device than they show in /proc/locks.
                if (lock.inode() == file.inode()
                        && (lock.device().equals(file.device()) || locksByPid.containsKey(lock.pid()))) {
                    locksByPid
                            .computeIfAbsent(lock.pid(), pid -> new TreeSet<>())
                            .addAll(file.namesOf(lock));
                }
            }
        }
    }

    private static Holder holder(long pid, Set<String> locks, Map<Long, List<String>> filesByPid) {
        return new Holder(pid, command(pid), List.copyOf(locks), user(pid), filesByPid.getOrDefault(pid, List.of()));
    }

    private static @Nullable String user(long pid) {
        try {
            return Files.getOwner(PROC.resolve(Long.toString(pid))).getName();
        } catch (IOException e) {
            // It has ended meanwhile.
            return null;
        }
    }

    private static String command(long pid) {
        try {
            var arguments = Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1);
            var command = arguments.replace('\0', ' ').strip();
            return command.length() <= LONGEST_COMMAND ? command : command.substring(0, LONGEST_COMMAND - 1) + "…";
        } catch (IOException e) {
            // It has ended meanwhile, or may not be seen.
            return "";
        }
    }

    private Holders() {}
}
