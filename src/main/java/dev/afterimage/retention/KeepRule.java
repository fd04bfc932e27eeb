package dev.afterimage.retention;

/** Why a snapshot stays. */
public enum KeepRule {
    /** Somebody pinned it. */
    PINNED,
    /** It is the newest that passed its check; where none passed, the newest that did not fail. */
    LAST_GOOD,
    LAST,
    HOURLY,
    DAILY,
    WEEKLY,
    MONTHLY,
    YEARLY,
    WITHIN,
    /** It is quarantined, and its damage may still be looked into. */
    QUARANTINE,
    /** The policy has no rule of what to keep, so it keeps all that is within its limits. */
    ALL
}
