/** The queue: jobs as rows, how they are submitted, claimed, watched and ended. */
@NullMarked
package dev.afterimage.jobs.queue;

import org.jspecify.annotations.NullMarked;
