package dev.afterimage.repository.write;

import java.util.Set;
import java.util.UUID;

/**
 * A snapshot is the last one of a span of time, and will be kept when the others of it are gone: what was stored for each of
 * these is then needed together, or not at all.
 *
 * @param older layers of the snapshot before the span
 * @param longest whether no longer span has one kept: nobody but it may then rid its layers of what they have twice
 */
public record SpanEnd(Set<UUID> older, boolean longest) {

    public SpanEnd {
        older = Set.copyOf(older);
    }
}
