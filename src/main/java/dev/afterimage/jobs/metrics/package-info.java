/** What is measured of jobs, checks and WALs, and the health of the repository. */
@NullMarked
package dev.afterimage.jobs.metrics;

import org.jspecify.annotations.NullMarked;
