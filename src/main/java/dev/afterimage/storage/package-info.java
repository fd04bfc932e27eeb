/**
 * Where repository objects live, as named immutable byte strings. Knows nothing of snapshots.
 */
@NullMarked
package dev.afterimage.storage;

import org.jspecify.annotations.NullMarked;
