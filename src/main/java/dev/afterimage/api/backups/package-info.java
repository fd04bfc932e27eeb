/** Backups of one database and of groups. */
@NullMarked
package dev.afterimage.api.backups;

import org.jspecify.annotations.NullMarked;
