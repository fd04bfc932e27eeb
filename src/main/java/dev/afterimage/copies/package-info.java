/** Copies of the repository in other places: which there are, what each lacks, and how it gets that. */
@NullMarked
package dev.afterimage.copies;

import org.jspecify.annotations.NullMarked;
