/**
 * Follows a live database in WAL mode: takes every commit from its WAL, without a gap, while applications write and checkpoint.
 * {@link Follower} has the protocol, and what it rests on.
 */
@NullMarked
package dev.afterimage.sqlite.follow;

import org.jspecify.annotations.NullMarked;
