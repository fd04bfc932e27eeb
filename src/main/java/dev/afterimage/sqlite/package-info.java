/**
 * All that knows SQLite files: the header, reading a live database, the online backup, locks and who holds them,
 * integrity checks. No Spring, no catalog, no repository.
 */
@NullMarked
package dev.afterimage.sqlite;

import org.jspecify.annotations.NullMarked;
