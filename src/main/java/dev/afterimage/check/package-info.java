/**
 * Proves that a stored snapshot can be restored.
 */
@NullMarked
package dev.afterimage.check;

import org.jspecify.annotations.NullMarked;
