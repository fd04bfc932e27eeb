package dev.afterimage.catalog.snapshots;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog is to say of a snapshot whose manifest is published.
 *
 * @param parent the snapshot that it was built on; null for none
 * @param collapse that is seen in it; null for none
 * @param anchor where in the log of its database it is; null for nowhere
 */
public record PublishedSnapshot(
        Snapshot snapshot,
        @Nullable UUID parent,
        @Nullable Collapse collapse,
        @Nullable LogAnchor anchor) {}
