package dev.afterimage.recovery;

import org.jspecify.annotations.Nullable;

/**
 * How a catalog is to be rebuilt.
 *
 * @param settings whether what was set is brought back from a copy of the catalog, too
 * @param catalogCopy key of the copy; null for the newest of a lost catalog that is whole
 */
public record RebuildOrder(boolean settings, @Nullable String catalogCopy) {

    public static final RebuildOrder ALL = new RebuildOrder(true, null);
}
