/** Manifests and layers as objects on a storage: which there are, which are in use, and which nobody names. */
@NullMarked
package dev.afterimage.repository.objects;

import org.jspecify.annotations.NullMarked;
