/** The log of followed databases: segments, each with every commit of a short time, one after the other. */
@NullMarked
package dev.afterimage.repository.log;

import org.jspecify.annotations.NullMarked;
