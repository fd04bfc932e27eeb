/**
 * A cache on this node, of a keyed hash of each page of the newest snapshot, by which unchanged pages are known without being digested.
 * No part of the repository: it can be lost at any time.
 */
@NullMarked
package dev.afterimage.repository.hashes;

import org.jspecify.annotations.NullMarked;
