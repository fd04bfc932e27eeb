package dev.afterimage.catalog.snapshots;

import org.jspecify.annotations.Nullable;

/**
 * What the catalog is to say of a snapshot whose manifest is published.
 *
 * @param collapse that is seen in it; null for none
 */
public record PublishedSnapshot(Snapshot snapshot, @Nullable Collapse collapse) {}
