package dev.afterimage.content;

import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.format.TextEncoding;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteConnection;

/**
 * A database as SQL text, from which the <a href="https://www.sqlite.org/cli.html">sqlite3 shell</a> makes an equal one: schema,
 * every value to the bit, rowids, statistics, and what its pragmas say. All in one transaction, so that a text that was cut
 * makes nothing.
 *
 * <p>Rowids are kept also where no column names them: an application may have stored them elsewhere, and full-text indexes
 * over a table do. They are written only where SQLite would not choose the same ones by itself. Virtual tables are written as
 * the tables in which their modules keep the content, which works without the module.
 *
 * <p>It begins as the shell's own dumps do: since 2024 the shell takes this, when the database is empty, as leave to write to
 * the schema, for virtual tables, and to read text in double quotes as text. (It looks whether it is empty between the
 * first statements, after which SQLite no longer takes another page size.)
 *
 * <p>Not in it: the journal mode, which applications set when they open a database, and unused pages.
 */
public final class SqlDump {

    private static final String SEQUENCE = "sqlite_sequence";
    private static final String STATISTICS = "sqlite_stat1";
    private static final String STATISTICS_OF_SOME_BUILDS = "sqlite_stat4";

    private final SQLiteConnection connection;
    private final SqlOutput out;
    private final LargeValues.Sizes sizes;
    private final DumpLimit limit;
    private final TextEncoding encoding;
    private final SqlLiteral literal;
    private final List<SchemaEntry> schema;

    /**
     * Writes the dump of a database file that is ours and that nobody writes. The heap needed does not grow with the
     * database, nor with values, except for those in a table without rowids. Nothing appears beside the file.
     *
     * @param out stays open; after a failure it has a part that makes nothing when it is read
     * @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE if the database is damaged, or its schema has what must not be run
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if the file cannot be read
     * @throws IOException as thrown by {@code out}
     */
    public static void write(Path file, OutputStream out) throws IOException {
        write(file, out, LargeValues.Sizes.DEFAULT);
    }

    static void write(Path file, OutputStream out, LargeValues.Sizes sizes) throws IOException {
        try (var connection = Connections.immutable(file);
                var time = QueryTime.limit(connection, QueryTime.OF_REQUEST)) {
            new SqlDump(connection, out, sizes, new DumpLimit(Connections.sizeOfOurs(file), time)).write();
        } catch (SQLException e) {
            throw Refusal.ofOurs(file, e);
        }
    }

    /**
     * Writes rows of some tables alone, as INSERT statements in one transaction, for a database that has these tables, in the same text
     * encoding.
     *
     * @param tables their names
     * @param where a condition that is true for each of the rows, an expression
     * @throws dev.afterimage.problem.ProblemException QUERY_REFUSED before anything is written when there is no such table, or the
     *     condition may do something else than to read
     * @throws dev.afterimage.problem.ProblemException QUERY_TOO_LARGE or QUERY_TOO_SLOW when the condition needs too much
     * @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE if the database is damaged
     * @throws IOException of {@code out}
     */
    public static void writeRows(Path file, List<String> tables, String where, OutputStream out) throws IOException {
        writeRows(file, tables, where, out, LargeValues.Sizes.DEFAULT);
    }

    static void writeRows(Path file, List<String> tables, String where, OutputStream out, LargeValues.Sizes sizes)
            throws IOException {
        var condition = SqlText.condition(where);
        try (var connection = Connections.immutable(file);
                var time = QueryTime.limit(connection, QueryTime.OF_REQUEST)) {
            new SqlDump(connection, out, sizes, new DumpLimit(Connections.sizeOfOurs(file), time))
                    .writeRows(file, tables, condition);
        } catch (SQLException e) {
            throw Refusal.ofOurs(file, e);
        }
    }

    private SqlDump(SQLiteConnection connection, OutputStream out, LargeValues.Sizes sizes, DumpLimit limit)
            throws SQLException {
        this.connection = connection;
        this.out = new SqlOutput(out);
        this.sizes = sizes;
        this.limit = limit;
        this.encoding = TextEncoding.of(connection);
        this.literal = new SqlLiteral(encoding);
        this.schema = SchemaEntry.all(connection, encoding);
    }

    private void write() throws SQLException, IOException {
        schema.forEach(SchemaEntry::statement); // refuses before the first byte is out
        begin();
        for (var table : tables(false)) {
            out.add(table.statement().text());
            addRows(table);
        }
        addSequence();
        addStatistics();
        addEntries("index");
        addEntries("view");
        addEntries("trigger");
        addWhatNoStatementMakes();
        out.add("COMMIT;\n").flush();
    }

    private void writeRows(Path file, List<String> names, String condition) throws SQLException, IOException {
        var chosen = new ArrayList<SchemaEntry>();
        for (var name : names) {
            chosen.add(find(name)
                    .filter(entry -> entry.type().equals("table") && !entry.virtual() && !entry.isInternal())
                    .orElseThrow(() -> QueryProblem.refused("there is no table '" + name + "' with rows of its own")));
        }
        out.add("BEGIN TRANSACTION;\n");
        for (var table : chosen) {
            try (var guarded = GuardedConnection.open(file, QueryTime.OF_REQUEST, GuardedConnection.TEMPORARY_SPACE)) {
                new DumpedTable(connection, table, literal, sizes, limit).addTo(out, guarded, condition);
            }
        }
        out.add("COMMIT;\n").flush();
    }

    private void begin() throws SQLException, IOException {
        out.add("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n");
        out.add("PRAGMA page_size=" + number(connection, "PRAGMA page_size") + ";\n");
        out.add("PRAGMA encoding='" + encoding.pragma() + "';\n");
        out.add("PRAGMA auto_vacuum=" + number(connection, "PRAGMA auto_vacuum") + ";\n");
        // The application may have switched them off; and a value in pieces may break one until it is complete.
        out.add("PRAGMA ignore_check_constraints=ON;\n");
        out.add("PRAGMA user_version=" + number(connection, "PRAGMA user_version") + ";\n");
        out.add("PRAGMA application_id=" + number(connection, "PRAGMA application_id") + ";\n");
        if (find(SEQUENCE).isPresent()) {
            addTableThatMakesTheSequence();
        }
    }

    /** It outlives the last table with AUTOINCREMENT, so there may be none. */
    private void addTableThatMakesTheSequence() throws IOException {
        var name = "sequence";
        while (find(name).isPresent()) {
            name += "_";
        }
        out.add("CREATE TABLE " + name + "(id INTEGER PRIMARY KEY AUTOINCREMENT);\nDROP TABLE " + name + ";\n");
    }

    private void addRows(SchemaEntry table) throws SQLException, IOException {
        new DumpedTable(connection, table, literal, sizes, limit).addTo(out);
    }

    private void addSequence() throws SQLException, IOException {
        var sequence = find(SEQUENCE);
        if (sequence.isPresent()) {
            out.add("DELETE FROM " + SEQUENCE + ";\n");
            addRows(sequence.get());
        }
    }

    private void addStatistics() throws SQLException, IOException {
        for (var table : tables(true)) {
            if (table.name().equals(STATISTICS)) {
                out.add("ANALYZE sqlite_schema;\nDROP TABLE IF EXISTS " + STATISTICS_OF_SOME_BUILDS + ";\n");
                addRows(table);
            } else if (!table.name().equals(SEQUENCE)) {
                // ANALYZE makes them only where SQLite was built to use them.
                out.add("PRAGMA writable_schema=ON;\nDROP TABLE IF EXISTS " + table.quotedName() + ";\n");
                out.add(table.statement().text()).add("PRAGMA writable_schema=OFF;\n");
                addRows(table);
            }
        }
    }

    private void addEntries(String type) throws IOException {
        for (var entry : schema) {
            if (entry.type().equals(type)) {
                out.add(entry.statement().text());
            }
        }
    }

    /** Last, because till the shell reads the schema again a virtual table is not known, and its tables are ordinary. */
    private void addWhatNoStatementMakes() throws IOException {
        var virtual = schema.stream().filter(SchemaEntry::virtual).toList();
        var altered = schema.stream()
                .filter(entry -> !entry.virtual() && !entry.statement().readAsStored())
                .toList();
        if (virtual.isEmpty() && altered.isEmpty()) {
            return;
        }
        out.add("PRAGMA writable_schema=ON;\n");
        for (var entry : virtual) {
            out.add("INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql) VALUES('table',");
            literal.addText(entry.name(), out).add(",");
            literal.addText(entry.table(), out).add(",0,");
            literal.addText(entry.stored(), out).add(");\n");
        }
        for (var entry : altered) {
            out.add("UPDATE sqlite_schema SET sql=");
            literal.addText(entry.stored(), out).add(" WHERE type='" + entry.type() + "' AND name=");
            literal.addText(entry.name(), out).add(";\n");
        }
        out.add("PRAGMA writable_schema=OFF;\n");
    }

    private List<SchemaEntry> tables(boolean internal) {
        return schema.stream()
                .filter(entry -> entry.type().equals("table") && !entry.virtual() && entry.isInternal() == internal)
                .toList();
    }

    private Optional<SchemaEntry> find(String name) {
        return schema.stream()
                .filter(entry -> entry.name().equalsIgnoreCase(name))
                .findAny();
    }
}
