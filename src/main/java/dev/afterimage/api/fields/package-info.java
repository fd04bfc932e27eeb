/** How the values in requests are written, and what is said about one that is written otherwise. */
@NullMarked
package dev.afterimage.api.fields;

import org.jspecify.annotations.NullMarked;
