/** Snapshots, their checks and drills, how long they stay, and how they go. */
@NullMarked
package dev.afterimage.catalog.snapshots;

import org.jspecify.annotations.NullMarked;
