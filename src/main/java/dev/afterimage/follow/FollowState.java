package dev.afterimage.follow;

/** How it goes with a database that is followed. */
public enum FollowState {
    /** Every commit is taken. */
    FOLLOWING,
    /** It has begun or goes on, and has not come as far as the database yet, or something that passes is in its way. */
    CATCHING_UP,
    /** Somebody has paused it. */
    PAUSED,
    /** It cannot be followed as it is. */
    UNSUITABLE
}
