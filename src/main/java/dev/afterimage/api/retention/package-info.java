/** Which snapshots are kept, and the jobs that delete the others. */
@NullMarked
package dev.afterimage.api.retention;

import org.jspecify.annotations.NullMarked;
