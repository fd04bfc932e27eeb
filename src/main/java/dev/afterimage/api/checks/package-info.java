/** Checks of snapshots and drills. */
@NullMarked
package dev.afterimage.api.checks;

import org.jspecify.annotations.NullMarked;
