package dev.afterimage.restore;

import dev.afterimage.sqlite.replace.TargetDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The folder into which replaced files go. While they do it has a hidden name; its dated name says that all is done. A
 * small file in it tells the job, and has the dated name as its content.
 */
final class ReplacedFolder implements AutoCloseable {

    /** Of most file systems, in bytes. */
    private static final int LONGEST_NAME = 255;

    /** Of the number that is added where a name is taken, and the dash before it. */
    private static final int LONGEST_NUMBER = 5;

    private final TargetDirectory directory;
    private final String hidden;
    private final String marker;
    private @Nullable TargetDirectory opened;
    private @Nullable Path named;

    ReplacedFolder(TargetDirectory directory, String hidden, UUID jobId) {
        this.directory = directory;
        this.hidden = hidden;
        this.marker = "afterimage-" + jobId;
    }

    /** Jobs that have such a folder for the files of a target. */
    static List<UUID> jobsWithHidden(Path target, String suffix) throws IOException {
        var hidden = Pattern.compile(
                NewFile.temporaryName("([0-9a-f-]{36})", target.getFileName().toString()) + suffix);
        var jobs = new ArrayList<UUID>();
        try (var names = Files.newDirectoryStream(target.getParent())) {
            for (var path : names) {
                var found = hidden.matcher(path.getFileName().toString());
                if (found.matches()) {
                    jobs.add(UUID.fromString(found.group(1)));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return jobs;
    }

    boolean exists() {
        return directory.has(hidden);
    }

    /** Under its dated name, if it has got that, else under its hidden one. */
    Path whereItIs() {
        return named == null ? path() : named;
    }

    /** Where it is while it has its hidden name. */
    Path path() {
        return directory.path().resolve(hidden);
    }

    /** What is in it, even if somebody moves it away. */
    TargetDirectory files() throws IOException {
        if (opened == null) {
            opened = directory.within(hidden);
        }
        return opened;
    }

    /**
     * @param name of the file that is replaced
     * @param date after it in the name that the folder will get; a number is added where that is taken by then
     */
    void create(String name, String date) throws IOException {
        Files.createDirectory(directory.at(hidden));
        Files.writeString(
                files().at(marker),
                prefix(name, date) + date,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.DSYNC);
        files().sync();
        directory.sync();
    }

    /** As much of the name as leaves room for what is to come after it, and a number. */
    static String prefix(String name, String suffix) {
        int room = LONGEST_NAME - suffix.length() - LONGEST_NUMBER;
        var prefix = name;
        while (prefix.getBytes(StandardCharsets.UTF_8).length > room) {
            prefix = prefix.substring(0, prefix.offsetByCodePoints(prefix.length(), -1));
        }
        return prefix;
    }

    Path giveDatedName() throws IOException {
        return giveName(datedName());
    }

    private String datedName() throws IOException {
        var name = Files.readString(files().at(marker));
        if (name.isEmpty() || name.contains("/")) {
            throw new FileSystemException(path().resolve(marker).toString(), null, "it has no name in it");
        }
        return name;
    }

    /** Gives the dated name too, but nothing says any more that the job replaced a file. */
    Path disown() throws IOException {
        // Dying after the marker is gone leaves a hidden folder whose date is lost: it then gets the job's name.
        var name = files().has(marker) ? datedName() : hidden.substring(1);
        Files.deleteIfExists(files().at(marker));
        return giveName(name);
    }

    /** With the first number under which there is nothing. */
    private Path giveName(String name) throws IOException {
        for (int number = 1; true; number++) {
            var dated = number == 1 ? name : name + "-" + number;
            if (!directory.has(dated) && hasMovedTo(dated)) {
                named = directory.path().resolve(dated);
                directory.sync();
                return named;
            }
        }
    }

    private boolean hasMovedTo(String dated) throws IOException {
        try {
            Files.move(directory.at(hidden), directory.at(dated), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (FileSystemException e) {
            if (directory.has(dated)) {
                return false; // made by somebody just now
            }
            throw e;
        }
    }

    /** Removes it when the old files are back in their place. */
    void delete() throws IOException {
        if (exists()) {
            Files.deleteIfExists(files().at(marker));
            Files.deleteIfExists(directory.at(hidden));
        }
    }

    /** The command that removes it by hand when the old files are back in their place. */
    String commandToDelete() {
        return Shell.remove(path().resolve(marker)) + " && rmdir -- " + Shell.word(path());
    }

    /** The dated folder of this job, from an earlier attempt that died after it was done. */
    Optional<Path> findDated(String name, String beginOfDate) throws IOException {
        try (var folders = Files.newDirectoryStream(directory.entries(), Files::isDirectory)) {
            for (var folder : folders) {
                var found = folder.getFileName().toString();
                int date = found.lastIndexOf(beginOfDate);
                if (date > 0
                        && name.startsWith(found.substring(0, date))
                        && Files.exists(folder.resolve(marker), LinkOption.NOFOLLOW_LINKS)) {
                    return Optional.of(directory.path().resolve(found));
                }
            }
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
