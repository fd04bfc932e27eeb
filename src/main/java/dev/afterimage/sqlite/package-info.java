/**
 * All that knows SQLite files. From below: the bytes ({@code format}), live databases with their locks ({@code live}), one committed
 * state ({@code state}), captures, checks, and the replacing of content. Here is what all of them use. No Spring, no catalog, no repository.
 */
@NullMarked
package dev.afterimage.sqlite;

import org.jspecify.annotations.NullMarked;
