/** One committed state of a live database, and how it is told from all others. */
@NullMarked
package dev.afterimage.sqlite.state;

import org.jspecify.annotations.NullMarked;
