/**
 * Who calls, what they may do, and what they did. Knows no HTTP.
 */
@NullMarked
package dev.afterimage.access;

import org.jspecify.annotations.NullMarked;
