/** Brings back from copies what the repository has lost, and makes the catalog tell that it is well again. */
@NullMarked
package dev.afterimage.repair;

import org.jspecify.annotations.NullMarked;
