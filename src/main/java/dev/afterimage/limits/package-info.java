/**
 * What clients may take of the service at once, and how slow they may be, so that one of them does not take it from the
 * others.
 */
@NullMarked
package dev.afterimage.limits;

import org.jspecify.annotations.NullMarked;
