package dev.afterimage.catalog;

import dev.afterimage.bytes.Fsync;
import dev.afterimage.catalog.home.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Copies of the catalog from before migrations, in the home until the repository has them: it may be away when the schema changes, and the
 * catalog must be readable before anybody knows which repository it is about.
 */
@Component
public class CopiesBeforeMigrations {

    private static final Logger log = LoggerFactory.getLogger(CopiesBeforeMigrations.class);
    private static final String SUFFIX = ".db";
    private static final String UNFINISHED = "unfinished";

    private final Node node;
    private final Clock clock;

    CopiesBeforeMigrations(Node node, Clock clock) {
        this.node = node;
        this.clock = clock;
    }

    /** Copies the catalog as it is now. What fails is logged: the service starts all the same. */
    void keepBeforeMigration() {
        var directory = node.catalogCopies();
        var unfinished = directory.resolve(UNFINISHED);
        var now = clock.instant();
        try {
            Files.deleteIfExists(unfinished); // of a start that died
            CatalogCopy.write(node.catalogFile(), node.id(), CatalogCopy.Reason.MIGRATION, now, unfinished);
            Fsync.file(unfinished);
            Files.move(unfinished, directory.resolve(now.toEpochMilli() + SUFFIX), StandardCopyOption.ATOMIC_MOVE);
            Fsync.directory(directory);
            log.info("The catalog was copied before its schema changes; the copy goes to the repository");
        } catch (IOException | SQLException e) {
            log.warn("The catalog could not be copied before its schema changes", e);
        }
    }

    /** Those that are whole, the oldest first. Whoever has stored one deletes it. */
    public List<Path> list() throws IOException {
        try (var files = Files.list(node.catalogCopies())) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
    }
}
