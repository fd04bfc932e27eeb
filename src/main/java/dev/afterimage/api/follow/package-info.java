/** Following databases, and their time lines. */
@NullMarked
package dev.afterimage.api.follow;

import org.jspecify.annotations.NullMarked;
