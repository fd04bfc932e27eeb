/** Which service writes to a repository: one at a time. */
@NullMarked
package dev.afterimage.repository.lease;

import org.jspecify.annotations.NullMarked;
