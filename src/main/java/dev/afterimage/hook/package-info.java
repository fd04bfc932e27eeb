/** Commands and HTTP calls that the operator has set up around backups and within them: what they are, and how they run. */
@NullMarked
package dev.afterimage.hook;

import org.jspecify.annotations.NullMarked;
