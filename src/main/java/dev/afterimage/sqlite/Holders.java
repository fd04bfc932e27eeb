package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which processes have a database open or locked, from <a href="https://man7.org/linux/man-pages/man5/proc.5.html">/proc</a>
 * of Linux. This process is among them when it is one. Without privileges, what other users' processes have open is not
 * seen, only their locks.
 */
public final class Holders {

    private static final Path PROC = Path.of("/proc");
    private static final String PROCESS_DIRECTORIES = "[1-9]*";
    private static final int LONGEST_COMMAND = 200;

    /**
     * Looks at the database file, its {@code -wal}, {@code -shm} and {@code -journal} without opening them.
     *
     * @return ordered by pid; empty on systems without /proc, or when there is no such file
     */
    public static List<Holder> of(Path database) {
        var files = HeldFile.family(database);
        var locksByPid = new TreeMap<Long, Set<String>>();
        addOpeners(files, locksByPid);
        addLockers(files, locksByPid);
        return locksByPid.entrySet().stream()
                .map(holder -> new Holder(holder.getKey(), command(holder.getKey()), List.copyOf(holder.getValue())))
                .toList();
    }

    /** As {@link #of}, without this process. */
    public static List<Holder> others(Path database) {
        long self = ProcessHandle.current().pid();
        return of(database).stream().filter(holder -> holder.pid() != self).toList();
    }

    private static void addOpeners(List<HeldFile> files, SortedMap<Long, Set<String>> locksByPid) {
        try (var processes = Files.newDirectoryStream(PROC, PROCESS_DIRECTORIES)) {
            for (var process : processes) {
                if (hasOpen(process, files)) {
                    locksByPid.put(Long.parseLong(process.getFileName().toString()), new TreeSet<>());
                }
            }
        } catch (IOException e) {
            // No /proc: another operating system, which tells nothing.
        }
    }

    private static boolean hasOpen(Path process, List<HeldFile> files) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (var descriptor : descriptors) {
                if (files.stream().anyMatch(file -> file.isAt(descriptor))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            // It has ended meanwhile, or is another user's.
            return false;
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
