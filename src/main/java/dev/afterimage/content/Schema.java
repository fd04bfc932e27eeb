package dev.afterimage.content;

import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.live.Attempts;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What there is in a database, and how many rows. Not among it: what SQLite makes itself, such as sqlite_sequence and the
 * indexes behind constraints.
 */
public record Schema(List<Table> tables, List<Index> indexes, List<View> views, List<Trigger> triggers) {

    /** SHADOW: it has the content of a virtual table. */
    public enum TableType {
        TABLE,
        VIRTUAL,
        SHADOW
    }

    /** @param rows null when they cannot be counted without a module or a collation that only the application has */
    public record Table(
            String name,
            TableType type,
            String sql,
            @Nullable Long rows) {}

    /** One that was made by a statement of its own. */
    public record Index(String name, String table, String sql) {}

    public record View(String name, String sql) {}

    /** @param table the table or view whose changes it hears of */
    public record Trigger(String name, String table, String sql) {}

    public Schema {
        tables = List.copyOf(tables);
        indexes = List.copyOf(indexes);
        views = List.copyOf(views);
        triggers = List.copyOf(triggers);
    }

    /**
     * Of a file that is ours and that nobody writes; nothing appears beside it. To count rows, SQLite reads an index of each
     * table, or the table.
     *
     * @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE if the database is damaged, or this would take more than ten minutes
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if the file cannot be read
     */
    public static Schema of(Path file) {
        return of(file, QueryTime.OF_REQUEST);
    }

    public static Schema of(Path file, Duration longest) {
        try (var connection = Connections.immutable(file);
                var _ = QueryTime.limit(connection, longest)) {
            return read(connection);
        } catch (SQLException e) {
            throw Refusal.ofOurs(file, e);
        }
    }

    /**
     * Of a live database, all at one moment. In rollback-journal mode nobody else can commit meanwhile, which lasts for half a minute
     * at most.
     *
     * @param patience how long a locked database is tried again
     * @throws SourceException if it cannot be read; {@link SourceException.HotJournal} if a writer crashed
     */
    public static Schema ofLive(Path database, Duration patience) {
        return Attempts.evenIfReplaced(() -> of(SourceFile.find(database), patience));
    }

    private static Schema of(SourceFile file, Duration patience) {
        try (var read = PinnedRead.beginWithoutRollback(file, patience, PageProgress.NONE);
                var _ = QueryTime.limit(read.connection(), QueryTime.OF_SCHEMA)) {
            return read(read.connection());
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    private static Schema read(Connection connection) throws SQLException {
        var tables = new ArrayList<Table>();
        var indexes = new ArrayList<Index>();
        var views = new ArrayList<View>();
        var triggers = new ArrayList<Trigger>();
        var query = """
                SELECT entry.type, entry.name, entry.tbl_name, entry.sql, list.type
                FROM sqlite_schema AS entry
                LEFT JOIN pragma_table_list AS list ON list.schema = 'main' AND list.name = entry.name
                WHERE entry.sql IS NOT NULL AND entry.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                ORDER BY entry.name
                """;
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            while (rows.next()) {
                var name = rows.getString(2);
                var table = rows.getString(3);
                var sql = rows.getString(4);
                switch (rows.getString(1)) {
                    case "table" -> tables.add(table(connection, name, rows.getString(5), sql));
                    case "index" -> indexes.add(new Index(name, table, sql));
                    case "view" -> views.add(new View(name, sql));
                    default -> triggers.add(new Trigger(name, table, sql));
                }
            }
        }
        return new Schema(tables, indexes, views, triggers);
    }

    private static Table table(Connection connection, String name, String type, String sql) throws SQLException {
        var tableType = switch (type) {
            case "virtual" -> TableType.VIRTUAL;
            case "shadow" -> TableType.SHADOW;
            default -> TableType.TABLE;
        };
        return new Table(name, tableType, sql, rows(connection, SchemaEntry.quoted(name)));
    }

    /** By the smallest index, which is fastest, unless its collation is missing. */
    private static @Nullable Long rows(Connection connection, String table) throws SQLException {
        for (var how : List.of("", " NOT INDEXED")) {
            try {
                return number(connection, "SELECT count(*) FROM " + table + how);
            } catch (SQLException e) {
                IntegrityCheck.requireThatSomethingIsMissing(e);
            }
        }
        return null;
    }
}
