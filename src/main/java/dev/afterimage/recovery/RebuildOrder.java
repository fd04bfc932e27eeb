package dev.afterimage.recovery;

import org.jspecify.annotations.Nullable;

/**
 * How a catalog is to be rebuilt.
 *
 * @param settings whether what was set is brought back from a copy of the catalog, too
 * @param tokens whether tokens are accepted again, too; only with {@code settings}
 * @param catalogCopy key of the copy; null for the newest that is whole, of the lost catalog that knew most
 */
public record RebuildOrder(
        boolean settings, boolean tokens, @Nullable String catalogCopy) {

    /** What was set, and who may use it is set anew. */
    public static final RebuildOrder WITHOUT_TOKENS = new RebuildOrder(true, false, null);
}
