/** What HTTP itself needs: lists and their cursors, problems as answers, ranges, ids of requests, limits of bodies. */
@NullMarked
package dev.afterimage.api.http;

import org.jspecify.annotations.NullMarked;
