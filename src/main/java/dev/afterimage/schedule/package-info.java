/**
 * What is to be done with databases again and again: due times become submitted jobs.
 */
@NullMarked
package dev.afterimage.schedule;

import org.jspecify.annotations.NullMarked;
