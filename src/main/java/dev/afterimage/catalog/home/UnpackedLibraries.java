package dev.afterimage.catalog.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * The directory to which SQLite and Zstandard are unpacked, since only files can be loaded. A process that is killed leaves its own in the
 * temporary directory, and the next start of the same home removes it. Where an operator has chosen other directories for both,
 * nothing is done.
 */
@Component
public class UnpackedLibraries {

    private static final Logger log = LoggerFactory.getLogger(UnpackedLibraries.class);

    private static final List<String> DIRECTORY_OF_EACH = List.of("org.sqlite.tmpdir", "ZstdTempFolder");

    /** @param held nobody alive uses what lies there of this home */
    public UnpackedLibraries(Node node, HomeLock held) throws IOException {
        var unset = DIRECTORY_OF_EACH.stream()
                .filter(property -> System.getProperty(property) == null)
                .toList();
        if (!unset.isEmpty()) {
            var temporary = Path.of(System.getProperty("java.io.tmpdir"));
            var prefix = "afterimage-" + node.id() + "-";
            var directory = Files.createTempDirectory(temporary, prefix); // which nobody else may enter
            removeOthers(temporary, prefix, directory);
            directory.toFile().deleteOnExit(); // after what is unpacked to it, whose turn comes first
            unset.forEach(property -> System.setProperty(property, directory.toString()));
        }
    }

    /** Only what belongs to the same user: anybody could have made a directory of that name, and put another in its place by now. */
    private static void removeOthers(Path temporary, String prefix, Path own) throws IOException {
        var owner = Files.getOwner(own);
        try (var found = Files.newDirectoryStream(temporary, prefix + "*")) {
            for (var directory : found) {
                if (!directory.equals(own)
                        && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(owner)) {
                    remove(directory);
                }
            }
        }
    }

    private static void remove(Path directory) {
        try {
            FileSystemUtils.deleteRecursively(directory);
        } catch (IOException e) {
            log.warn("Native libraries of an earlier process cannot be removed: {}", directory, e);
        }
    }
}
