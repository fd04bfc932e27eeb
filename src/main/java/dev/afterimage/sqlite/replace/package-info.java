/** New content for a database whose applications stay connected, or which nobody has open. */
@NullMarked
package dev.afterimage.sqlite.replace;

import org.jspecify.annotations.NullMarked;
