/** The repository and the catalog as two that must know the same: which repository is ours, copies of the catalog in it, and the way back from it. */
@NullMarked
package dev.afterimage.recovery;

import org.jspecify.annotations.NullMarked;
