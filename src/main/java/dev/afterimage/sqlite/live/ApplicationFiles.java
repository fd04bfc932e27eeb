package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sees that the applications of a database have the files that lie at its path. SQLite finds the {@code -wal} and the {@code -shm} by the
 * name under which it opened the database. So an application has others than we when somebody has deleted them under it, or when it has the
 * file under another name: as a mount of its own in a container. Then its commits lie where no other process looks for them, and neither
 * respects the other's locks. It also has another database when a new file has got the name of the old one.
 *
 * <p>Of processes that cannot be seen from here nothing is said: those of other PID namespaces, and the open files of other
 * users' processes where we are not root.
 */
public final class ApplicationFiles {

    private static final String DELETED = " (deleted)";

    /** In which who opens or closes a database is done with it. */
    private static final Duration MOMENT = Duration.ofMillis(100);

    /**
     * Looks at those that have the database open. In WAL mode each holds SHARED on the database file, and has a {@code -wal} and a {@code
     * -shm} open.
     *
     * @param inWalMode whether it is certain that the database is in that mode: then it is also an answer when a process that cannot be
     *     looked at holds SHARED, and not the lock on our {@code -shm} of those who live
     * @throws SourceException.Elsewhere if one does not have ours, and still does not after a tenth of a second: who opens or closes the
     *     database has, for a moment, only the one or the other
     */
    public static void requireOurWal(SourceFile file, boolean inWalMode) {
        require(file, () -> withAnotherWal(file.path(), inWalMode));
    }

    /**
     * Looks for those that can write to what had the database's name before.
     *
     * @throws SourceException.Elsewhere if there is one
     */
    public static void requireOurDatabase(SourceFile file) {
        require(file, () -> Holders.ofDeleted(file.path()));
    }

    /**
     * Those of some databases of which an application has other files, as far as {@link #requireOurWal} and {@link #requireOurDatabase} can tell
     * without opening anything. All are looked at together, so that many cost little, and those that seem so once more a moment later.
     */
    public static Set<Path> elsewhere(Set<Path> databases) {
        var first = look(databases);
        if (first.isEmpty()) {
            return Set.of();
        }
        LockSupport.parkNanos(MOMENT.toNanos());
        var second = look(first.keySet());
        return first.entrySet().stream()
                .filter(seen -> !Collections.disjoint(seen.getValue(), second.getOrDefault(seen.getKey(), Set.of())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** The processes that have other files, by database. */
    private static Map<Path, Set<Long>> look(Set<Path> databases) {
        var found = new HashMap<Path, Set<Long>>();
        Holders.ofDeleted(databases).forEach((database, pids) -> found.put(database, new HashSet<>(pids)));
        var locks = PosixLock.all().stream().collect(Collectors.groupingBy(PosixLock::inode));
        var open = new HashMap<Long, Map<String, Object>>();
        for (var path : databases) {
            HeldFile.find(path)
                    .ifPresent(database -> locks.getOrDefault(database.inode(), List.of()).stream()
                            .filter(lock -> isShared(lock, database))
                            .filter(lock -> hasAnotherWal(
                                    database, open.computeIfAbsent(lock.pid(), ApplicationFiles::openFiles)))
                            .forEach(lock -> found.computeIfAbsent(path, one -> new HashSet<>())
                                    .add(lock.pid())));
        }
        return found;
    }

    private static void require(SourceFile file, Supplier<List<Long>> look) {
        var backoff = Backoff.ofAFew();
        var elsewhere = look.get();
        while (!elsewhere.isEmpty()) {
            if (!backoff.pauseUncancelled()) {
                throw new SourceException.Elsewhere(file.path(), elsewhere);
            }
            var before = elsewhere;
            elsewhere = look.get().stream().filter(before::contains).toList();
        }
    }

    private static List<Long> withAnotherWal(Path path, boolean inWalMode) {
        var locks = PosixLock.all();
        return HeldFile.find(path).stream()
                .flatMap(database -> locks.stream()
                        .filter(lock -> isShared(lock, database))
                        .filter(lock -> hasAnotherWal(lock, database, locks, inWalMode))
                        .map(PosixLock::pid)
                        .distinct())
                .toList();
    }

    private static boolean isShared(PosixLock lock, HeldFile database) {
        return lock.inode() == database.inode()
                && !lock.write()
                && lock.covers(HeldFile.SHARED_FIRST)
                && lock.pid() != ProcessHandle.current().pid();
    }

    private static boolean hasAnotherWal(PosixLock lock, HeldFile database, List<PosixLock> locks, boolean inWalMode) {
        var open = openFiles(lock.pid());
        return hasAnotherWal(database, open)
                || inWalMode
                        && open.isEmpty()
                        && lock.device().equals(database.device())
                        && !sharesShm(lock.pid(), database, locks);
    }

    /** @param open what a process has open, by the names under which it did */
    private static boolean hasAnotherWal(HeldFile database, Map<String, Object> open) {
        return open.entrySet().stream()
                .filter(file -> file.getValue().equals(database.key()))
                .map(Map.Entry::getKey)
                .anyMatch(name -> isAnother(open.get(name + "-wal"), Beside.wal(database.path()))
                        || isAnother(open.get(name + "-shm"), Beside.shm(database.path())));
    }

    private static boolean isAnother(@Nullable Object opened, Path ours) {
        return opened != null
                && !opened.equals(HeldFile.find(ours).map(HeldFile::key).orElse(null));
    }

    private static boolean sharesShm(long pid, HeldFile database, List<PosixLock> locks) {
        return HeldFile.find(Beside.shm(database.path()))
                .filter(shm -> locks.stream()
                        .anyMatch(
                                lock -> lock.pid() == pid && lock.inode() == shm.inode() && lock.covers(HeldFile.DMS)))
                .isPresent();
    }

    /** By the names under which the process opened them, deleted or not; none when it has ended, or may not be looked at. */
    private static Map<String, Object> openFiles(long pid) {
        return Confinement.unconfined(() -> filesByName(pid));
    }

    private static Map<String, Object> filesByName(long pid) {
        var open = new HashMap<String, Object>();
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (var descriptor : descriptors) {
                name(descriptor).ifPresent(name -> {
                    var key = key(descriptor);
                    if (key != null) {
                        open.put(name, key);
                    }
                });
            }
        } catch (IOException | DirectoryIteratorException e) {
            return Map.of();
        }
        return open;
    }

    private static Optional<String> name(Path descriptor) {
        try {
            var name = Files.readSymbolicLink(descriptor).toString();
            return name.startsWith("/")
                    ? Optional.of(name.endsWith(DELETED) ? name.substring(0, name.length() - DELETED.length()) : name)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // closed meanwhile
        }
    }

    private static @Nullable Object key(Path descriptor) {
        try {
            return Files.getAttribute(descriptor, "unix:fileKey");
        } catch (IOException e) {
            return null; // closed meanwhile
        }
    }

    private ApplicationFiles() {}
}
