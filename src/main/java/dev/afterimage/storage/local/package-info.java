/** A directory of a file system. */
@NullMarked
package dev.afterimage.storage.local;

import org.jspecify.annotations.NullMarked;
