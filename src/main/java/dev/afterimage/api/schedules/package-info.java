/** Schedules of backups and of drills. */
@NullMarked
package dev.afterimage.api.schedules;

import org.jspecify.annotations.NullMarked;
