/** The methods by which a committed state is captured. */
@NullMarked
package dev.afterimage.sqlite.capture;

import org.jspecify.annotations.NullMarked;
