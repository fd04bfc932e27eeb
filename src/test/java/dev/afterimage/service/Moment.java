package dev.afterimage.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a backup was doing when its service was killed, told from what the dead service has left on disk. */
enum Moment {
    OUTSIDE,
    STARTING,
    CAPTURING,
    SAVING,
    RESTORING_TO_CHECK,
    CHECKING;

    /** @param bytes size of the database */
    static Moment of(ServiceSetup setup, long bytes) throws IOException {
        var staged = under(setup.staging());
        var check = staged.stream().filter(path -> isDatabase(path, "check-")).findFirst();
        if (check.isPresent()) {
            return Files.size(check.get()) < bytes ? RESTORING_TO_CHECK : CHECKING;
        }
        if (!under(setup.repository().resolve("tmp")).isEmpty()) {
            return SAVING;
        }
        if (staged.stream().anyMatch(path -> isDatabase(path, "copy-"))) {
            return CAPTURING;
        }
        return staged.isEmpty() ? OUTSIDE : STARTING;
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
