package dev.afterimage.content;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which pages differ between two states of a database, and to what they belong.
 *
 * @param pageSize of both, in bytes
 * @param changed pages of the second whose bytes are not those of the first's page of that number. It may be more than the sum
 *     over the trees: unused pages, and those that SQLite keeps for itself, belong to none
 * @param trees of tables and indexes that either has, by name
 */
public record PageDifference(int pageSize, long before, long after, long changed, List<Tree> trees) {

    private static final int BYTES_AT_ONCE = 1 << 20;

    /**
     * A table, or an index, in pages.
     *
     * @param table the one to which an index belongs, else the same as the name
     * @param changed of those that it has afterwards
     */
    public record Tree(String name, String table, long before, long after, long changed) {}

    public PageDifference {
        trees = List.copyOf(trees);
    }

    /**
     * Compares files that are ours and that nobody writes; nothing appears beside them. Both are read whole.
     *
     * @throws IllegalArgumentException if they have pages of different sizes
     * @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE if one is damaged
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if one cannot be read
     */
    public static PageDifference between(Path before, Path after) {
        try (var first = Connections.immutable(before);
                var second = Connections.immutable(after);
                var _ = QueryTime.limit(first, QueryTime.OF_REQUEST);
                var _ = QueryTime.limit(second, QueryTime.OF_REQUEST)) {
            int pageSize = pageSize(first);
            if (pageSize != pageSize(second)) {
                throw new IllegalArgumentException("the pages are of different sizes");
            }
            if (pages(second) >= Integer.MAX_VALUE) {
                throw Refusal.ofContent("it has more pages than can be compared", null);
            }
            var changed = changedPages(before, after, pageSize);
            return new PageDifference(
                    pageSize, pages(first), pages(second), changed.cardinality(), trees(first, second, changed));
        } catch (SQLException e) {
            throw Refusal.ofOurs(before, e); // or after: SQLite does not say
        }
    }

    private static int pageSize(Connection connection) throws SQLException {
        return Math.toIntExact(Connections.number(connection, "PRAGMA page_size"));
    }

    private static long pages(Connection connection) throws SQLException {
        return Connections.number(connection, "PRAGMA page_count");
    }

    /** By number, the first page is 1. */
    private static BitSet changedPages(Path before, Path after, int pageSize) {
        var changed = new BitSet();
        var pages = ByteBuffer.allocate(BYTES_AT_ONCE);
        var pagesBefore = ByteBuffer.allocate(BYTES_AT_ONCE);
        try (var first = FileChannel.open(before, StandardOpenOption.READ);
                var second = FileChannel.open(after, StandardOpenOption.READ)) {
            for (long at = 0; at < second.size(); at += BYTES_AT_ONCE) {
                fill(pages, second, at);
                fill(pagesBefore, first, at);
                for (int from = 0; from < pages.limit(); from += pageSize) {
                    if (!same(pagesBefore, pages, from, pageSize)) {
                        changed.set(Math.toIntExact((at + from) / pageSize + 1));
                    }
                }
            }
            return changed;
        } catch (IOException e) {
            throw StagingProblem.unusable(after, String.valueOf(e.getMessage()), e);
        }
    }

    private static void fill(ByteBuffer buffer, FileChannel file, long at) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining() && file.read(buffer, at + buffer.position()) >= 0) {
            // Until it is full or the file ends.
        }
        buffer.flip();
    }

    private static boolean same(ByteBuffer before, ByteBuffer after, int from, int pageSize) {
        return before.limit() >= from + pageSize && before.slice(from, pageSize).equals(after.slice(from, pageSize));
    }

    /** By <a href="https://www.sqlite.org/dbstat.html">dbstat</a>, which walks through all trees. */
    private static List<Tree> trees(Connection before, Connection after, BitSet changed) throws SQLException {
        var tables = new TreeMap<String, String>();
        tables.putAll(tablesOfTrees(before));
        tables.putAll(tablesOfTrees(after));
        var pagesBefore = new TreeMap<String, Long>();
        var pagesAfter = new TreeMap<String, Long>();
        var pagesChanged = new TreeMap<String, Long>();
        forEachPage(before, (tree, page) -> pagesBefore.merge(tree, 1L, Long::sum));
        forEachPage(after, (tree, page) -> {
            pagesAfter.merge(tree, 1L, Long::sum);
            pagesChanged.merge(tree, changed.get(page) ? 1L : 0L, Long::sum);
        });
        var names = new TreeSet<>(pagesBefore.keySet());
        names.addAll(pagesAfter.keySet());
        var trees = new ArrayList<Tree>();
        for (var name : names) {
            trees.add(new Tree(
                    name,
                    tables.getOrDefault(name, name),
                    pagesBefore.getOrDefault(name, 0L),
                    pagesAfter.getOrDefault(name, 0L),
                    pagesChanged.getOrDefault(name, 0L)));
        }
        return trees;
    }

    private static Map<String, String> tablesOfTrees(Connection connection) throws SQLException {
        var tables = new TreeMap<String, String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT name, tbl_name FROM sqlite_schema WHERE rootpage > 0")) {
            while (rows.next()) {
                tables.put(rows.getString(1), rows.getString(2));
            }
        }
        return tables;
    }

    @FunctionalInterface
    private interface PageOfTree {
        void take(String tree, int page);
    }

    private static void forEachPage(Connection connection, PageOfTree action) throws SQLException {
        long most = pages(connection);
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT name, pageno FROM dbstat")) {
            for (long found = 1; rows.next(); found++) {
                long page = rows.getLong(2);
                if (found > most || page < 1 || page > most) {
                    throw Refusal.ofContent("its trees share pages, or lead to some that it has not", null);
                }
                action.take(rows.getString(1), Math.toIntExact(page));
            }
        }
    }
}
