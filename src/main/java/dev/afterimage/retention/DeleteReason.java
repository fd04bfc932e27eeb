package dev.afterimage.retention;

/** Why a snapshot goes. */
public enum DeleteReason {
    /** Its own {@code expiresAt} has passed. */
    EXPIRED,
    /** It is older than the policy's {@code maxAge}. */
    MAX_AGE,
    /** The others would not fit into the policy's {@code maxBytes} beside it. */
    MAX_BYTES,
    /** No rule of the policy keeps it. */
    NO_RULE
}
