/** Follows databases: what is committed goes to a spool on this machine, and from there to the log in the repository. */
@NullMarked
package dev.afterimage.follow;

import org.jspecify.annotations.NullMarked;
