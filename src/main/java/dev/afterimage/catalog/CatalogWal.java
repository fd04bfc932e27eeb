package dev.afterimage.catalog;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * Has the catalog's WAL begin anew when it is long. By itself it does so only when nobody reads at the end of a checkpoint, and there may
 * always be somebody who does.
 */
@Component
class CatalogWal extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofMinutes(1);

    /** Four times what SQLite itself lets it have before it checkpoints. */
    static final DataSize LONG = DataSize.ofMegabytes(16);

    private final Catalog catalog;
    private final Path wal;

    CatalogWal(Catalog catalog, Node node) {
        super("catalog-wal");
        this.catalog = catalog;
        this.wal = node.catalogFile().resolveSibling(node.catalogFile().getFileName() + "-wal");
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, this::shorten);
    }

    /** Who writes waits for those who read now, but not for those who begin meanwhile. Where that takes long, the next time has to do. */
    void shorten() {
        if (wal.toFile().length() > LONG.toBytes()) {
            catalog.emptyWal();
        }
    }
}
