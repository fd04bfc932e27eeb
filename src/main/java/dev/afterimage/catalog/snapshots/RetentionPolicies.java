package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The retention policies of databases, and the default for those that have none of their own. */
@Component
public class RetentionPolicies {

    /** Whose policy it is. */
    public enum Source {
        DATABASE,
        DEFAULT,
        NONE
    }

    /** A policy, and where it comes from; with NONE it keeps all. */
    public record InForce(Source source, RetentionPolicy policy) {
        static final InForce NONE = new InForce(Source.NONE, RetentionPolicy.KEEP_ALL);
    }

    private static final String DEFAULT = "";

    private final Catalog catalog;
    private final Clock clock;

    public RetentionPolicies(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** The policy by which a database's snapshots stay: its own, else the default. None holds for a removed database. */
    public InForce inForce(UUID databaseId) {
        return catalog.query("""
                        SELECT retention_policy.database_id, policy
                        FROM retention_policy JOIN database ON database.id = :id AND database.removed_at IS NULL
                        WHERE retention_policy.database_id IN (:id, :default)
                        ORDER BY retention_policy.database_id = :default LIMIT 1
                        """)
                .param("id", databaseId.toString())
                .param("default", DEFAULT)
                .query((row, number) -> new InForce(
                        row.getString("database_id").equals(DEFAULT) ? Source.DEFAULT : Source.DATABASE, policy(row)))
                .optional()
                .orElse(InForce.NONE);
    }

    /** The default for databases that have no policy of their own. */
    public InForce byDefault() {
        return find(DEFAULT).map(policy -> new InForce(Source.DEFAULT, policy)).orElse(InForce.NONE);
    }

    private Optional<RetentionPolicy> find(String databaseId) {
        return catalog.query("SELECT policy FROM retention_policy WHERE database_id = :id")
                .param("id", databaseId)
                .query((row, number) -> policy(row))
                .optional();
    }

    /** By one that cannot be read nothing is deleted. */
    private RetentionPolicy policy(ResultSet row) throws SQLException {
        return Columns.readOr(
                RetentionPolicy.KEEP_ALL,
                row.getString("policy"),
                policy -> catalog.fromJson(policy, RetentionPolicy.class));
    }

    public void set(UUID databaseId, RetentionPolicy policy) {
        set(databaseId.toString(), policy);
    }

    public void setDefault(RetentionPolicy policy) {
        set(DEFAULT, policy);
    }

    private void set(String databaseId, RetentionPolicy policy) {
        catalog.update("""
                        INSERT INTO retention_policy (database_id, policy) VALUES (:id, :policy)
                        ON CONFLICT (database_id) DO UPDATE SET policy = excluded.policy
                        """)
                .param("id", databaseId)
                .param("policy", catalog.toJson(policy))
                .update();
    }

    /** From now on the default holds for the database, if there is one. */
    public void remove(UUID databaseId) {
        remove(databaseId.toString());
    }

    public void removeDefault() {
        remove(DEFAULT);
    }

    private void remove(String databaseId) {
        catalog.update("DELETE FROM retention_policy WHERE database_id = :id")
                .param("id", databaseId)
                .update();
    }

    /** Databases for which the default holds, if there is one. */
    public List<UUID> withoutOwn() {
        return catalog.query("""
                        SELECT id FROM database
                        WHERE removed_at IS NULL AND id NOT IN (SELECT database_id FROM retention_policy)
                        """)
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .list();
    }

    /** Databases of which a snapshot may have to go: it has expired, or a policy is in force. Removed ones too. */
    public List<UUID> concerned() {
        return catalog.query("""
                        SELECT DISTINCT snapshot.database_id
                        FROM snapshot JOIN database ON database.id = snapshot.database_id
                        WHERE snapshot.deleted_at IS NULL
                          AND (snapshot.expires_at <= :now
                            OR database.removed_at IS NULL AND EXISTS (
                              SELECT 1 FROM retention_policy
                              WHERE retention_policy.database_id IN (snapshot.database_id, :default)))
                        """)
                .param("now", clock.millis())
                .param("default", DEFAULT)
                .query((row, number) -> UUID.fromString(row.getString("database_id")))
                .list();
    }
}
