/** SQLite's own checks of a file that is ours. */
@NullMarked
package dev.afterimage.sqlite.check;

import org.jspecify.annotations.NullMarked;
