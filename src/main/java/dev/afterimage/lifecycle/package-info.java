/** What runs by itself: once at each start, or again and again until the service ends. */
@NullMarked
package dev.afterimage.lifecycle;

import org.jspecify.annotations.NullMarked;
