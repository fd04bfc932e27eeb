package dev.afterimage.retention;

import java.util.List;

/** What becomes of a snapshot. */
public sealed interface Verdict {

    /** @param rules each that keeps it, at least one */
    record Keep(List<KeepRule> rules) implements Verdict {
        public Keep {
            rules = List.copyOf(rules);
        }
    }

    record Delete(DeleteReason reason) implements Verdict {}
}
