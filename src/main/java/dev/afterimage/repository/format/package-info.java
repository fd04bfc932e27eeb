/**
 * The format of manifests and layers, as {@code docs/repository-format.md} describes it, and what is said of those that are not as
 * they were written.
 */
@NullMarked
package dev.afterimage.repository.format;

import org.jspecify.annotations.NullMarked;
