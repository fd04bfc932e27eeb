/** Which snapshots stay, and how the others go. */
@NullMarked
package dev.afterimage.retention;

import org.jspecify.annotations.NullMarked;
