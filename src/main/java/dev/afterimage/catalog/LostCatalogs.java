package dev.afterimage.catalog;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshots;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Opens catalogs that were lost, as copies have them. */
@Component
public class LostCatalogs {

    private final Catalog catalog;
    private final CatalogIdentity identity;
    private final BringingBack bringingBack;
    private final Databases databases;
    private final Snapshots snapshots;
    private final Node node;

    LostCatalogs(
            Catalog catalog,
            CatalogIdentity identity,
            BringingBack bringingBack,
            Databases databases,
            Snapshots snapshots,
            Node node) {
        this.catalog = catalog;
        this.identity = identity;
        this.bringingBack = bringingBack;
        this.databases = databases;
        this.snapshots = snapshots;
        this.node = node;
    }

    /**
     * Opens a copy, and reads all of it once: one that is found to be strange later would stand in the way of each further rebuild. The
     * caller closes it.
     *
     * @param file is changed
     * @throws IllegalArgumentException when it cannot be used; the message says why
     */
    public LostCatalog open(Path file) {
        var copy = CatalogCopy.open(file);
        try {
            if (copy.facts().schema() > identity.schema()) {
                throw new IllegalArgumentException("it was taken by a newer Afterimage (schema V%d)"
                        .formatted(copy.facts().schema()));
            }
            var lost = new LostCatalog(copy, catalog, bringingBack, databases, snapshots, node);
            lost.readAll();
            return lost;
        } catch (IllegalArgumentException e) {
            copy.close();
            throw e;
        }
    }
}
