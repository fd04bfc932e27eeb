package dev.afterimage.catalog;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Columns that only some versions can read: a newer one knows more kinds, states and fields. A row that has such a value must not stand in
 * the way of the others, so each reader says what it takes instead.
 */
public final class Columns {

    private static final Logger log = LoggerFactory.getLogger(Columns.class);
    private static final int LONGEST = 200;

    /** What was told already; no more than so many, or a damaged catalog would fill the log and the memory. */
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private static final int MOST_TOLD = 100;

    private Columns() {}

    /** What a column says, or {@code instead} when it cannot be read, which is logged once. */
    public static <T> T readOr(T instead, @Nullable String column, Function<String, T> reading) {
        var read = readOrNull(column, reading);
        return read == null ? instead : read;
    }

    /** The same with null instead. */
    public static <T> @Nullable T readOrNull(@Nullable String column, Function<String, T> reading) {
        if (column == null) {
            return null;
        }
        try {
            return reading.apply(column);
        } catch (
                RuntimeException
                        e) { // of the enum, the JSON, the URL: whoever reads knows nothing better than that it cannot
            tell(column, e);
            return null;
        }
    }

    private static void tell(String column, RuntimeException e) {
        var told = column.substring(0, Math.min(column.length(), LONGEST));
        if (TOLD.size() < MOST_TOLD && TOLD.add(told)) {
            log.warn("The catalog has what this version cannot read, perhaps written by a newer one: {}", told, e);
        }
    }
}
