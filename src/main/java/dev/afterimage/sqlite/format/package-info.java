/** The bytes of database files, WALs and what lies beside them, as SQLite documents them. */
@NullMarked
package dev.afterimage.sqlite.format;

import org.jspecify.annotations.NullMarked;
