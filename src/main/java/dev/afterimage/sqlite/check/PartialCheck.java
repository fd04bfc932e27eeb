package dev.afterimage.sqlite.check;

import static dev.afterimage.sqlite.check.IntegrityCheck.ofTable;
import static dev.afterimage.sqlite.check.IntegrityCheck.print;
import static dev.afterimage.sqlite.check.IntegrityCheck.printOfTable;
import static dev.afterimage.sqlite.check.IntegrityCheck.requireThatSomethingIsMissing;
import static dev.afterimage.sqlite.check.IntegrityCheck.texts;

import dev.afterimage.sqlite.live.Refusal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sqlite.Collation;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;

/**
 * Checks what can be checked of a database whose schema needs what only its application has: the rows table by table,
 * leaving out those that need it; then the structure of all pages, with stand-ins for what is missing. A stand-in sorts
 * and computes wrongly, so of that second pass only what it says about pages is believed.
 */
final class PartialCheck {

    private static final Pattern MISSING_COLLATION = Pattern.compile("no such collation sequence: (.+)");
    private static final Pattern MISSING_FUNCTION = Pattern.compile("(?:unknown|no such) function: (.+?)(?:\\(\\))?");

    /** The check of all b-trees and of the free list prints one row that begins so; rows about contents do not. */
    private static final String ABOUT_PAGES = "*** in database main ***";

    private static final String TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    private static final String TABLES_WITH_PAGES = TABLES + " AND rootpage > 0";
    private static final String QUICK_CHECK = "PRAGMA quick_check";
    private static final int ANY_NUMBER_OF_ARGUMENTS = -1;
    /** SQLITE_INNOCUOUS of <a href="https://www.sqlite.org/c3ref/c_deterministic.html">function flags</a>. */
    private static final int INNOCUOUS = 0x200000;

    private final SQLiteConnection connection;
    private final Findings findings;
    private final Set<String> standIns = new HashSet<>();

    PartialCheck(SQLiteConnection connection, Findings findings) {
        this.connection = connection;
        this.findings = findings;
    }

    /** @param pragma the check that could not run on the whole database */
    void run(String pragma) throws SQLException {
        var unread = new ArrayList<String>();
        for (var table : texts(connection, TABLES)) {
            try {
                printOfTable(connection, pragma, table, findings);
            } catch (SQLException e) {
                requireThatSomethingIsMissing(e);
                unread.add(table);
                findings.addUnproven("table " + table + ": " + Refusal.words(e));
            }
        }
        checkStructure(unread);
    }

    private void checkStructure(List<String> unreadTables) throws SQLException {
        try {
            addWhatIsSaidAboutPages(QUICK_CHECK);
        } catch (SQLException e) {
            requireThatSomethingIsMissing(e);
            findings.addUnproven("pages that belong to no table: " + Refusal.words(e));
            unreadTables.retainAll(texts(connection, TABLES_WITH_PAGES));
            checkStructureOf(unreadTables);
        }
    }

    private void checkStructureOf(List<String> tables) throws SQLException {
        for (var table : tables) {
            try {
                addWhatIsSaidAboutPages(ofTable(QUICK_CHECK, table));
            } catch (SQLException e) {
                requireThatSomethingIsMissing(e);
                findings.addUnproven("pages of table " + table + ": " + Refusal.words(e));
            }
        }
    }

    private void addWhatIsSaidAboutPages(String pragma) throws SQLException {
        while (true) {
            try {
                var rows = new ArrayList<String>();
                print(connection, pragma, rows::add);
                rows.stream().filter(row -> row.startsWith(ABOUT_PAGES)).forEach(findings::addDamage);
                return;
            } catch (SQLException e) {
                if (!standInFor(Refusal.words(e))) {
                    throw e;
                }
            }
        }
    }

    /** @return false if what is missing is of another kind, or the stand-in did not help */
    private boolean standInFor(String error) throws SQLException {
        Matcher collation = MISSING_COLLATION.matcher(error);
        if (collation.matches() && standIns.add(error)) {
            Collation.create(connection, collation.group(1), new AlwaysEqual());
            return true;
        }
        Matcher function = MISSING_FUNCTION.matcher(error);
        if (function.matches() && standIns.add(error)) {
            int flags = Function.FLAG_DETERMINISTIC | INNOCUOUS;
            Function.create(connection, function.group(1), new AlwaysNull(), ANY_NUMBER_OF_ARGUMENTS, flags);
            return true;
        }
        return false;
    }

    private static final class AlwaysEqual extends Collation {
        @Override
        protected int xCompare(String first, String second) {
            return 0;
        }
    }

    private static final class AlwaysNull extends Function {
        @Override
        protected void xFunc() throws SQLException {
            result();
        }
    }
}
