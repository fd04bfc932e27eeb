/** How it goes with everything, for those who look at it again and again. */
@NullMarked
package dev.afterimage.api.summary;

import org.jspecify.annotations.NullMarked;
