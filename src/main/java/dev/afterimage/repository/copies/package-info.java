/** Copies of a repository: the same objects, byte for byte, in another place. */
@NullMarked
package dev.afterimage.repository.copies;

import org.jspecify.annotations.NullMarked;
