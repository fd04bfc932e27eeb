/** The files of the dashboard, which is a client of the API like any other. */
@NullMarked
package dev.afterimage.api.dashboard;

import org.jspecify.annotations.NullMarked;
