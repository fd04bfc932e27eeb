/**
 * A live database becomes a snapshot.
 */
@NullMarked
package dev.afterimage.backup;

import org.jspecify.annotations.NullMarked;
