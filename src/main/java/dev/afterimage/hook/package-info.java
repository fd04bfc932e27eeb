/** Commands that the operator has set up to run before and after backups: what they are, and how they run. */
@NullMarked
package dev.afterimage.hook;

import org.jspecify.annotations.NullMarked;
