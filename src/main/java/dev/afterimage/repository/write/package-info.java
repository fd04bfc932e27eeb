/**
 * Writing snapshots: what differs from the one before becomes a layer, layers are merged, and a manifest names them.
 */
@NullMarked
package dev.afterimage.repository.write;

import org.jspecify.annotations.NullMarked;
