package dev.afterimage.sqlite;

import java.nio.file.Path;
import java.util.List;

/** The files that SQLite keeps beside a database, by <a href="https://www.sqlite.org/tempfiles.html">its names</a>. */
public final class Beside {

    public static Path wal(Path database) {
        return named(database, "-wal");
    }

    public static Path shm(Path database) {
        return named(database, "-shm");
    }

    public static Path journal(Path database) {
        return named(database, "-journal");
    }

    public static List<Path> all(Path database) {
        return List.of(journal(database), wal(database), shm(database));
    }

    private static Path named(Path database, String suffix) {
        return database.resolveSibling(database.getFileName() + suffix);
    }

    private Beside() {}
}
