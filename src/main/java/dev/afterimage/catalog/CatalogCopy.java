package dev.afterimage.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * What only the catalog knows, as an SQLite database of its own: the tables of {@code docs/repository-format.md}, "Catalog copy", as one
 * transaction saw them. It has secrets of webhooks and digests of tokens.
 */
public final class CatalogCopy implements AutoCloseable {

    private static final int FORMAT = 1;
    private static final String DRIVER = "jdbc:sqlite:";

    /** Why a copy was taken. */
    public enum Reason {
        DAILY,
        MIGRATION,
        REQUEST;

        /** As it stands in names. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a copy says of itself.
     *
     * @param nodeId the node that took it
     * @param repositoryId that the catalog was about; null where there was none yet
     * @param schema version of the catalog's tables
     * @param takenAt to the millisecond
     */
    public record Facts(
            UUID catalogId, UUID nodeId, @Nullable UUID repositoryId, int schema, Instant takenAt, Reason reason) {}

    private final Connection connection;
    private final JdbcClient client;
    private final Facts facts;

    private CatalogCopy(Connection connection) throws SQLException {
        this.connection = connection;
        this.client = JdbcClient.create(new SingleConnectionDataSource(connection, true));
        this.facts = readFacts();
    }

    /**
     * Copies a catalog, of this version or an older one, while others write it.
     *
     * @param target must not exist; after a failure a part of it may be there
     * @throws IOException when the file cannot be made
     * @throws SQLException when the catalog cannot be read, or the file cannot be written
     */
    public static void write(Path catalog, UUID nodeId, Reason reason, Instant takenAt, Path target)
            throws IOException, SQLException {
        createForOwnerOnly(target);
        try (var connection = DriverManager.getConnection(DRIVER + target.toUri());
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = OFF"); // a part of it is of no use to anybody
            statement.execute("ATTACH '%s?mode=ro' AS catalog"
                    .formatted(catalog.toUri().toString().replace("'", "''")));
            statement.execute("BEGIN");
            for (var table : CopiedTable.values()) {
                copy(table, statement);
            }
            copyFacts(connection, nodeId, reason, takenAt);
            statement.execute("COMMIT");
        }
    }

    private static void createForOwnerOnly(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            Files.createFile(file, ownerOnly);
        } else {
            Files.createFile(file);
        }
    }

    /** A catalog from before a migration may lack a table, or columns of it. */
    private static void copy(CopiedTable table, Statement statement) throws SQLException {
        var columns = columns("catalog", table, statement);
        if (!columns.isEmpty()) {
            statement.execute("CREATE TABLE main.%1$s AS SELECT %2$s FROM catalog.%1$s WHERE %3$s"
                    .formatted(table.table(), String.join(", ", columns), table.condition()));
        }
    }

    /** Those of the table that both this version and the schema know. */
    private static List<String> columns(String schema, CopiedTable table, Statement statement) throws SQLException {
        var there = new ArrayList<String>();
        try (var rows = statement.executeQuery("PRAGMA %s.table_info(%s)".formatted(schema, table.table()))) {
            while (rows.next()) {
                there.add(rows.getString("name"));
            }
        }
        return table.columns().stream().filter(there::contains).toList();
    }

    private static void copyFacts(Connection connection, UUID nodeId, Reason reason, Instant takenAt)
            throws SQLException {
        var sql = """
                CREATE TABLE main.copy AS
                SELECT %d AS format, (SELECT id FROM catalog.catalog_identity) AS catalog_id, '%s' AS node_id,
                    (SELECT repository_id FROM catalog.adoption WHERE adopted_at IS NOT NULL
                        ORDER BY number DESC LIMIT 1) AS repository_id,
                    (SELECT CAST(version AS INTEGER) FROM catalog.flyway_schema_history WHERE success
                        ORDER BY installed_rank DESC LIMIT 1) AS schema_version,
                    %d AS taken_at, '%s' AS reason
                """.formatted(FORMAT, nodeId, takenAt.toEpochMilli(), reason.name());
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Opens a copy. The caller closes it.
     *
     * @throws IllegalArgumentException when it is no copy of a catalog that this version can read; the message says why
     */
    public static CatalogCopy open(Path file) {
        Connection connection = null;
        try {
            connection = DriverManager.getConnection(DRIVER + file.toUri());
            requireTablesOnly(connection);
            return new CatalogCopy(connection);
        } catch (SQLException | DataAccessException | IllegalArgumentException e) {
            closeQuietly(connection, e);
            throw e instanceof IllegalArgumentException unusable
                    ? unusable
                    : new IllegalArgumentException("it is not a copy of a catalog: " + e.getMessage(), e);
        }
    }

    private static void closeQuietly(@Nullable Connection connection, Exception cause) {
        try (connection) {
            return;
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /** Views, triggers and virtual tables would run what somebody else has written. */
    private static void requireTablesOnly(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA trusted_schema = OFF");
            try (var rows = statement.executeQuery("""
                    SELECT name FROM sqlite_schema
                    WHERE type <> 'table' OR rootpage = 0 OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1
                    """)) {
                if (rows.next()) {
                    throw new IllegalArgumentException(
                            "it is not a copy of a catalog: %s is no table".formatted(rows.getString(1)));
                }
            }
        }
    }

    private Facts readFacts() throws SQLException {
        try (var statement = connection.createStatement()) {
            int format = oneInt(statement, "SELECT format FROM copy");
            if (format != FORMAT) {
                throw new IllegalArgumentException(
                        "it has format %d; this version of Afterimage reads %d".formatted(format, FORMAT));
            }
            try (var row = statement.executeQuery("SELECT * FROM copy")) {
                return new Facts(
                        UUID.fromString(text(row, "catalog_id")),
                        UUID.fromString(text(row, "node_id")),
                        Catalog.id(row.getString("repository_id")),
                        row.getInt("schema_version"),
                        Instant.ofEpochMilli(row.getLong("taken_at")),
                        Reason.valueOf(text(row, "reason")));
            }
        }
    }

    /** @throws IllegalArgumentException when there is nothing */
    static String text(ResultSet row, String column) throws SQLException {
        var text = row.getString(column);
        if (text == null) {
            throw new IllegalArgumentException("there is nothing in column " + column);
        }
        return text;
    }

    private static int oneInt(Statement statement, String sql) throws SQLException {
        try (var row = statement.executeQuery(sql)) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    public Facts facts() {
        return facts;
    }

    /**
     * What a copy says of itself.
     *
     * @throws IllegalArgumentException when it is no copy of a catalog that this version can read; the message says why
     */
    public static Facts facts(Path file) {
        try (var copy = open(file)) {
            return copy.facts();
        }
    }

    /** Gives each row of a table to {@code handler}; none of one that an older catalog had not got. */
    void rows(CopiedTable table, RowCallbackHandler handler) {
        if (has(table)) {
            client.sql("SELECT * FROM " + table.table()).query(handler);
        }
    }

    /** The same of those about a snapshot, for which they are found by an index. */
    void rows(CopiedTable table, UUID snapshotId, RowCallbackHandler handler) {
        if (has(table)) {
            client.sql("SELECT * FROM %s WHERE %s = :id".formatted(table.table(), snapshotKey(table)))
                    .param("id", snapshotId.toString())
                    .query(handler);
        }
    }

    private boolean has(CopiedTable table) {
        return client.sql("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = :name)")
                .param("name", table.table())
                .query(Boolean.class)
                .single();
    }

    private static String snapshotKey(CopiedTable table) {
        return table == CopiedTable.SNAPSHOT ? "id" : "snapshot_id";
    }

    /** Makes it fast to find what it has of each of a million snapshots. Changes the file. */
    void index() {
        for (var table : List.of(CopiedTable.SNAPSHOT, CopiedTable.SNAPSHOT_CHECK, CopiedTable.SIGHTING)) {
            if (has(table)) {
                client.sql("CREATE INDEX %1$s_by_snapshot ON %1$s (%2$s)".formatted(table.table(), snapshotKey(table)))
                        .update();
            }
        }
    }

    /** A row, by the columns that both the copy and this version know. */
    static Map<String, @Nullable Object> values(CopiedTable table, ResultSet row) throws SQLException {
        var values = new TreeMap<String, @Nullable Object>();
        var columns = row.getMetaData();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            if (table.columns().contains(columns.getColumnName(column))) {
                values.put(columns.getColumnName(column), row.getObject(column));
            }
        }
        return values;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException("A copy of a catalog cannot be closed", e);
        }
    }
}
