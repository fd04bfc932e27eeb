/** What runs jobs: the workers, and the way from a job's spec to its use case. */
@NullMarked
package dev.afterimage.jobs.work;

import org.jspecify.annotations.NullMarked;
