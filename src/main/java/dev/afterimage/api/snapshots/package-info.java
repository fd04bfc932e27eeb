/** Snapshots, what is in them, and those that are imported. */
@NullMarked
package dev.afterimage.api.snapshots;

import org.jspecify.annotations.NullMarked;
