/** What changes, told to those who look. */
@NullMarked
package dev.afterimage.api.events;

import org.jspecify.annotations.NullMarked;
