package dev.afterimage.restore;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.live.Descriptor;
import dev.afterimage.sqlite.replace.TargetDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears under its name only when it is complete. Until then its bytes are in a temporary file beside it,
 * named after the job, so that a later attempt or the next start finds what a crash left. All of it happens in one directory that
 * is held open, so that nobody can lead it elsewhere.
 */
public final class NewFile implements AutoCloseable {

    /** What SQLite would take for a part of the database if it were there. */
    static final List<String> COMPANIONS = List.of("-wal", "-shm", "-journal");

    private static final String ASIDE = ".old";

    private final TargetDirectory directory;
    private final String name;
    private final String temporary;
    private @Nullable Descriptor written;

    /**
     * Opens the directory in which the file is to be.
     *
     * @param target absolute, its directory without symbolic links
     * @return closed by the caller, after {@link #publish} or {@link #discard}
     * @throws TargetException.Unwritable when the directory cannot be opened, or the path leads elsewhere by now
     */
    public static NewFile open(Path target, UUID jobId) {
        var parent = Objects.requireNonNull(target.getParent(), "it is a file in a directory");
        try {
            return new NewFile(
                    TargetDirectory.open(parent), target.getFileName().toString(), jobId);
        } catch (IOException e) {
            throw new TargetException.Unwritable(target, e);
        }
    }

    private NewFile(TargetDirectory directory, String name, UUID jobId) {
        this.directory = directory;
        this.name = name;
        this.temporary = temporaryName(jobId.toString(), name);
    }

    /** Never longer than any name may be, and another one for each file of a job. */
    static String temporaryName(String jobId, String name) {
        return ".afterimage-" + jobId + "-" + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    public Path target() {
        return directory.path().resolve(name);
    }

    /** Where its bytes are until it has its name. */
    public Path temporary() {
        return directory.path().resolve(temporary);
    }

    TargetDirectory directory() {
        return directory;
    }

    String name() {
        return name;
    }

    String temporaryName() {
        return temporary;
    }

    /**
     * @throws dev.afterimage.problem.ProblemException TARGET_EXISTS when the target is there
     * @throws dev.afterimage.problem.ProblemException TARGET_EXISTS when it is not, but something that SQLite would take for a part of it
     * @throws TargetException.Displaced when it is not, since an earlier restore has moved it away
     */
    public static void requireAbsent(Path target) {
        requireAbsent(target, target);
    }

    /** The same, of the directory that is held open. */
    void requireAbsent() {
        requireAbsent(target(), directory.at(name));
    }

    private static void requireAbsent(Path target, Path place) {
        if (exists(place)) {
            throw new TargetException(Problem.of(ProblemCode.TARGET_EXISTS, "%s exists".formatted(target)));
        }
        ReplaceFile.requireNotDisplaced(target);
        requireNoCompanions(target, place);
    }

    /**
     * @param place by which to reach the target
     * @throws dev.afterimage.problem.ProblemException TARGET_EXISTS when there is something that SQLite would take for a part of the database
     */
    static void requireNoCompanions(Path target, Path place) {
        var leftovers = COMPANIONS.stream()
                .filter(companion -> exists(place.resolveSibling(place.getFileName() + companion)))
                .map(companion -> target.resolveSibling(target.getFileName() + companion))
                .toList();
        if (!leftovers.isEmpty()) {
            throw leftover(target, leftovers);
        }
    }

    private static TargetException leftover(Path target, List<Path> leftovers) {
        var names = leftovers.stream().map(Path::toString).collect(Collectors.joining(" and "));
        var commands = leftovers.stream()
                .map(leftover -> Shell.move(leftover, aside(target, leftover)))
                .collect(Collectors.joining(" && "));
        return new TargetException(Problem.of(
                ProblemCode.TARGET_EXISTS,
                "%s does not exist, but %s does, which SQLite would apply to a file of that name"
                        .formatted(target, names),
                "If the database was moved away, put it back beside them. Else move them away, then restore to a NEW_FILE: "
                        + commands));
    }

    /** Nothing has the name, else nothing would be moved. */
    private static Path aside(Path target, Path leftover) {
        var database = target.getFileName().toString();
        var suffix = leftover.getFileName().toString().substring(database.length()) + ASIDE;
        var name = ReplacedFolder.prefix(database, suffix) + suffix;
        var free = leftover.resolveSibling(name);
        for (int number = 2; exists(free); number++) {
            free = leftover.resolveSibling(name + "-" + number);
        }
        return free;
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_FULL when the file system has less than {@code bytes} left */
    public void requireRoom(long bytes) {
        Room.in(directory.path(), bytes).requireEnough();
    }

    /**
     * Makes the temporary file, empty, and for its owner only.
     *
     * @return leads to it, whoever has its name, until this is closed
     * @throws TargetException.Unwritable when it cannot be made
     */
    public Path create() {
        try {
            written = directory.create(temporary);
            return written.path();
        } catch (IOException e) {
            throw new TargetException.Unwritable(temporary(), e);
        }
    }

    /** Says whose the file is once it has its name. Until then only the service may read it; returns what the user should know. */
    List<String> give(Ownership ownership) {
        return written == null ? List.of() : ownership.giveTo(written.path(), target());
    }

    /**
     * Gives the complete temporary file its name, unless another file has got it meanwhile. It keeps the temporary one too, by which
     * it can be told who made it, until {@link #discard}. After a failure the file has no such name, as far as it could be taken away again.
     */
    public void publish() {
        try {
            nameIt();
        } catch (FileAlreadyExistsException e) {
            throw new TargetException(Problem.of(ProblemCode.TARGET_EXISTS, "%s exists".formatted(target())));
        } catch (IOException e) {
            throw new TargetException.Unwritable(target(), e);
        }
        try {
            directory.sync();
        } catch (IOException e) {
            unpublish(e);
            throw new TargetException.Unwritable(target(), e);
        }
    }

    /** By a link: a rename would replace a file that appeared meanwhile. Some file systems, such as FAT, have no links. */
    private void nameIt() throws IOException {
        try {
            Files.createLink(directory.at(name), directory.at(temporary));
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.createFile(directory.at(name)); // takes the name, or fails because it is taken
            replaceEmptyTarget();
        }
    }

    private void replaceEmptyTarget() throws IOException {
        try {
            Files.move(directory.at(temporary), directory.at(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.delete(directory.at(name));
            throw e;
        }
    }

    /** What may be gone after a power failure is not to be used before it. */
    private void unpublish(IOException failure) {
        try {
            withdraw();
        } catch (IOException e) {
            failure.addSuppressed(e); // it is there, as isPublished tells
        }
    }

    /** Takes the name away again, if it is this file that has it. */
    void withdraw() throws IOException {
        if (hasItsName()) {
            Files.delete(directory.at(name));
        }
    }

    /** Whether the file already has its name. Looks from outside: the target may be in use. */
    boolean isPublished() {
        try {
            return hasItsName();
        } catch (IOException e) {
            throw new TargetException.Unwritable(target(), e);
        }
    }

    private boolean hasItsName() throws IOException {
        if (written == null) { // by an earlier attempt
            return directory.areSame(temporary, name);
        }
        var own =
                Files.readAttributes(written.path(), BasicFileAttributes.class).fileKey();
        return own != null && own.equals(directory.identity(name));
    }

    /** Removes the temporary file if it is there, for good: after a crash the file must not have two names. */
    public void discard() {
        try {
            if (Files.deleteIfExists(directory.at(temporary))) {
                directory.sync();
            }
        } catch (IOException e) {
            throw new TargetException.Unwritable(temporary(), e);
        }
    }

    /** Lets the directory go; what is in it stays as it is. */
    @Override
    public void close() {
        try (directory) {
            if (written != null) {
                written.close();
            }
        }
    }
}
