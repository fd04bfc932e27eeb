package dev.afterimage.retention;

import java.util.Set;

/** Why a snapshot stays. */
public enum KeepRule {
    /** Somebody pinned it. */
    PINNED,
    /** It is the newest that passed its check; where none passed, the newest that did not fail. */
    LAST_GOOD,
    /** It is the newest that passed a FULL check. */
    LAST_FULL,
    /**
     * It is quarantined, and the database has no available snapshot that passed its check. Perhaps its storage was only away;
     * if not, something may be salvaged from it.
     */
    NONE_PASSED,
    /** It is the same of those from before a collapse of the database that nobody has acknowledged. */
    BEFORE_COLLAPSE,
    /** The log of the database is replayed from it, and reaches back so far. */
    LOG,
    LAST,
    HOURLY,
    DAILY,
    WEEKLY,
    MONTHLY,
    YEARLY,
    WITHIN,
    /** It has one of the policy's labels. */
    LABEL,
    /** It is part of a group, and the policy of another database keeps its own part by a rule. */
    GROUP,
    /** It is quarantined, and its damage was found not long ago. */
    QUARANTINE,
    /** It is later than now, so a clock was wrong, and nobody knows how old it is. It counts for no span of time. */
    FUTURE,
    /** The policy has no rule of what to keep, so it keeps all that is within its limits. */
    ALL;

    /** What a database's policy, or a pin, keeps of a group is kept of the whole group. */
    static final Set<KeepRule> KEEPING_GROUPS =
            Set.of(PINNED, LAST, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY, WITHIN, LABEL);

    /** Against these no limit of a policy, and no expiry, prevails. */
    static final Set<KeepRule> WHATEVER_THE_POLICY =
            Set.of(PINNED, LAST_GOOD, LAST_FULL, NONE_PASSED, BEFORE_COLLAPSE, LOG);
}
