package dev.afterimage.content;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The program that SQLite made of a statement, views and generated columns included, by what it does. Only what is known to read is let
 * through: the driver has no <a href="https://www.sqlite.org/c3ref/set_authorizer.html">authorizer</a>, nor does its library
 * export SQLite's functions.
 *
 * @param values how many of its instructions may hold a value at once
 * @param manyPasses whether it calls a function that may read a value again and again
 */
record CompiledQuery(int values, boolean manyPasses) {

    /** Of all, their <a href="https://www.sqlite.org/opcode.html">names</a>. None writes to other tables than its own, temporary ones. */
    private static final Set<String> READING = words("""
            Init Goto Gosub InitCoroutine Yield MustBeInt Jump Once If IfNot IsType Not IfNullRow SeekLT SeekLE SeekGE SeekGT IfNoHope
            NoConflict NotFound Found SeekRowid NotExists Last IfSizeBetween SorterSort Sort Rewind IfEmpty SorterNext Prev Next IdxLE
            IdxGT IdxLT IdxGE IFindKey RowSetRead RowSetTest Or And IsNull NotNull Ne Eq Gt Le Lt Ge ElseEq IfPos IfNotZero
            DecrJumpZero VNext Filter VFilter VInitIn PureFunc Function Return EndCoroutine HaltIfNull Halt Integer Int64 String
            String8 BeginSubrtn Null SoftNull Blob Variable Move Copy SCopy IntCopy ResultRow CollSeq AddImm RealAffinity Cast
            Permutation Compare IsTrue ZeroOrNull Offset Column Affinity TypeCheck MakeRecord Count ReadCookie ReopenIdx BitAnd
            BitOr ShiftLeft ShiftRight Add Subtract Multiply Divide Remainder Concat BitNot OpenRead OpenDup OpenAutoindex
            OpenEphemeral SorterOpen SequenceTest OpenPseudo Close ColumnsUsed SeekScan SeekHit Sequence NewRowid Insert RowCell
            Delete SorterCompare SorterData RowData Rowid NullRow SeekEnd IdxInsert SorterInsert IdxDelete DeferredSeek IdxRowid
            FinishSeek ResetSorter Clear Real RowSetAdd MemMax OffsetLimit AggInverse AggStep AggStep1 AggValue AggFinal
            CursorLock CursorUnlock VOpen VColumn ClrSubtype GetSubtype SetSubtype FilterAdd ReleaseReg Noop Explain Abortable
            Transaction TableLock CursorHint Trace""");

    private static final Set<String> CALLING = words("Function PureFunc AggStep AggStep1 AggInverse AggValue AggFinal");

    /** What makes or keeps a value. */
    private static final Set<String> HOLDING = words("""
            Function PureFunc AggStep AggStep1 AggValue AggFinal Concat Column VColumn MakeRecord RowData SorterData Copy SCopy Move
            Variable String8 Blob Cast""");

    /**
     * Functions that SQLite does not call innocuous, which they are all the same: they read the tables that they are used with, or sum up.
     * Not among them are those that run what is given to them (load_extension, fts3_tokenizer, which takes and gives addresses in the
     * memory of the process), and those that keep each row in memory (median, mode and the like).
     */
    private static final Set<String> ALSO_HARMLESS =
            words("bm25 highlight snippet offsets match stdev variance reverse square cot coth leftstr rightstr");

    /** Innocuous, but what they make in memory is not held to the limit of a value. */
    private static final Set<String> GROWING =
            words("json_pretty json_group_array json_group_object jsonb_group_array jsonb_group_object");

    /** All others may compare each byte of a value with each of another, and in the middle of a function nothing can be interrupted. */
    private static final Set<String> OF_ONE_PASS = words("""
            abs avg char coalesce concat concat_ws count date datetime format glob group_concat hex ifnull iif if json_extract
            json_valid julianday length like lower max min nullif octet_length printf quote random round sign strftime string_agg
            substr substring sum time total typeof unicode unixepoch upper -> ->> row_number rank dense_rank lag lead first_value
            last_value nth_value likely unlikely""");

    /** From there on the registers alone could take too much memory. */
    private static final int MOST_VALUES = 4000;

    /**
     * @param query nothing but one statement
     * @throws dev.afterimage.problem.ProblemException QUERY_REFUSED when it may do something else than to read
     * @throws dev.afterimage.problem.ProblemException QUERY_TOO_LARGE when the program is too large
     */
    static CompiledQuery of(Connection connection, String query) throws SQLException {
        var innocuous = innocuous(connection);
        int values = 0;
        boolean manyPasses = false;
        try (var statement = connection.prepareStatement("EXPLAIN " + query);
                var program = statement.executeQuery()) {
            while (program.next()) {
                var name = program.getString("opcode");
                if (!READING.contains(name) || name.equals("Transaction") && program.getInt("p2") != 0) {
                    throw QueryProblem.refused("it does more than to read (" + name + ")");
                }
                if (CALLING.contains(name)) {
                    manyPasses |= !OF_ONE_PASS.contains(allowed(program.getString("p4"), innocuous));
                }
                values += HOLDING.contains(name) ? 1 : 0;
            }
        }
        if (values > MOST_VALUES) {
            throw QueryProblem.tooLarge("it is too long, or the views that it uses are", null);
        }
        return new CompiledQuery(values, manyPasses);
    }

    /** @param called name(arguments) */
    private static String allowed(@Nullable String called, Set<String> innocuous) {
        var name = called == null || called.lastIndexOf('(') < 0
                ? String.valueOf(called)
                : called.substring(0, called.lastIndexOf('('));
        if (GROWING.contains(name) || !innocuous.contains(name) && !ALSO_HARMLESS.contains(name)) {
            throw QueryProblem.refused("the function '" + name + "' is not among what may be called");
        }
        return name;
    }

    private static Set<String> innocuous(Connection connection) throws SQLException {
        // SQLITE_INNOCUOUS; one name may be that of several functions
        var query = "SELECT name FROM pragma_function_list GROUP BY name HAVING min(flags & 0x200000) > 0";
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            var names = new HashSet<String>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        }
    }

    private static Set<String> words(String text) {
        return Set.of(text.strip().split("\\s+"));
    }
}
