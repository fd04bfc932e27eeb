package dev.afterimage.catalog;

import java.util.UUID;
import org.springframework.stereotype.Component;

/** Which catalog this is, and of which version. */
@Component
public class CatalogIdentity {

    private final Catalog catalog;

    CatalogIdentity(Catalog catalog) {
        this.catalog = catalog;
    }

    /** The same for as long as the catalog lives. */
    public UUID id() {
        return UUID.fromString(catalog.query("SELECT id FROM catalog_identity")
                .query(String.class)
                .single());
    }

    /** Version of the catalog's tables. */
    public int schema() {
        return catalog.query("SELECT max(CAST(version AS INTEGER)) FROM flyway_schema_history WHERE success")
                .query(Integer.class)
                .single();
    }
}
