/** Finds SQLite files in watched directories and registers them, and notices which registered files are gone. */
@NullMarked
package dev.afterimage.discovery;

import org.jspecify.annotations.NullMarked;
