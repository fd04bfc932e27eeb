package dev.afterimage.catalog;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list, newest first.
 *
 * @param items at most as many as were asked for
 * @param next the place of the last item, after which the next part begins; null when this is the last
 */
public record Page<T, K>(List<T> items, @Nullable K next) {

    /** Makes a page of a query that asked for one row more than {@code limit}, to learn whether there is a next page. */
    public static <T, K> Page<T, K> of(List<T> rows, int limit, Function<T, K> place) {
        if (rows.size() <= limit) {
            return new Page<>(List.copyOf(rows), null);
        }
        var items = List.copyOf(rows.subList(0, limit));
        return new Page<>(items, place.apply(items.getLast()));
    }
}
