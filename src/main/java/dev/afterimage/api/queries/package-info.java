/** SQL to what is in snapshots. */
@NullMarked
package dev.afterimage.api.queries;

import org.jspecify.annotations.NullMarked;
