/** How what is stored is proven, and in a sealed repository hidden; and the keys by which it is opened. */
@NullMarked
package dev.afterimage.repository.seal;

import org.jspecify.annotations.NullMarked;
