/**
 * Snapshots on a storage: manifests and layers, written crash-safely, read at any offset. The format is described in
 * {@code docs/repository-format.md}.
 */
@NullMarked
package dev.afterimage.repository;

import org.jspecify.annotations.NullMarked;
