/**
 * Tables about databases, snapshots and their checks: records and the SQL that reads and writes them.
 */
@NullMarked
package dev.afterimage.catalog;

import org.jspecify.annotations.NullMarked;
