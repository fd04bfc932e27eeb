/**
 * A snapshot becomes a database file.
 */
@NullMarked
package dev.afterimage.restore;

import org.jspecify.annotations.NullMarked;
