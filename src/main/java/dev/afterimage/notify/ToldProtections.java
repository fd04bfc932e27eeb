package dev.afterimage.notify;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.protection.Protection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/** How well each database was protected when that was told last. */
@Component
class ToldProtections {

    private final Catalog catalog;

    ToldProtections(Catalog catalog) {
        this.catalog = catalog;
    }

    Optional<Protection> find(UUID databaseId) {
        return catalog.query("SELECT protection FROM told_protection WHERE database_id = :id")
                .param("id", databaseId.toString())
                .query((row, number) -> protection(row))
                .optional();
    }

    /** Of all databases that it was told of, by their ids. */
    Map<UUID, Protection> all() {
        var all = new HashMap<UUID, Protection>();
        catalog.query("SELECT database_id, protection FROM told_protection").query((RowCallbackHandler)
                row -> all.put(UUID.fromString(row.getString("database_id")), protection(row)));
        return all;
    }

    private static Protection protection(ResultSet row) throws SQLException {
        return Columns.readOr(Protection.UNPROTECTED, row.getString("protection"), Protection::valueOf);
    }

    /** Joins the present transaction. */
    void put(UUID databaseId, Protection protection) {
        catalog.update("""
                        INSERT INTO told_protection (database_id, protection) VALUES (:id, :protection)
                        ON CONFLICT (database_id) DO UPDATE SET protection = excluded.protection
                        """)
                .param("id", databaseId.toString())
                .param("protection", protection.name())
                .update();
    }
}
