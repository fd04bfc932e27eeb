package dev.afterimage.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How far a backup is, told from what is on disk, be its service alive or dead. */
enum Moment {
    CAPTURING,
    SAVING,
    RESTORING_TO_CHECK,
    /** It has not begun, or is between two of the others, or has ended. */
    OTHER;

    /**
     * Others may write to the repository too, which cannot be told from the backup's own writing.
     *
     * @param bytes size of the database, no more
     */
    static Moment of(String job, ServiceSetup setup, long bytes) throws IOException {
        var staged = under(setup.staging()).stream()
                .filter(path -> setup.staging().relativize(path).toString().startsWith(job))
                .toList();
        var check = staged.stream().filter(path -> isDatabase(path, "check-")).findFirst();
        if (check.isPresent()) {
            return Files.size(check.get()) < bytes ? RESTORING_TO_CHECK : OTHER;
        }
        var copy = staged.stream().filter(path -> isDatabase(path, "copy-")).findFirst();
        boolean saved = !under(setup.repository().resolve("tmp")).isEmpty();
        if (copy.isPresent() && (!saved || Files.size(copy.get()) < bytes)) {
            return CAPTURING;
        }
        return saved && !staged.isEmpty() ? SAVING : OTHER;
    }

    private static boolean isDatabase(Path path, String prefix) {
        var name = path.getFileName().toString();
        return name.startsWith(prefix) && name.endsWith(".db");
    }

    /** All below a directory, without itself; nothing when it is not there. */
    static List<Path> under(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (var paths = Files.walk(directory)) {
            return paths.filter(path -> !path.equals(directory)).toList();
        }
    }
}
