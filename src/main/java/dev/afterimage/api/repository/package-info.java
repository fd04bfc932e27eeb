/** The repository as a whole: usage, checks, rebuilds, adoption. */
@NullMarked
package dev.afterimage.api.repository;

import org.jspecify.annotations.NullMarked;
