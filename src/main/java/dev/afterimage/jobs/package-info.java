/**
 * The durable queue: states, workers, progress, cancellation, and the one switch from a job's spec to its use case.
 */
@NullMarked
package dev.afterimage.jobs;

import org.jspecify.annotations.NullMarked;
