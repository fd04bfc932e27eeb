package dev.afterimage.retention;

import java.util.List;

/** What becomes of a snapshot. */
public sealed interface Decision {

    /** @param rules each that keeps it, at least one */
    record Keep(List<KeepRule> rules) implements Decision {
        public Keep {
            rules = List.copyOf(rules);
        }
    }

    record Delete(DeleteReason reason) implements Decision {}
}
