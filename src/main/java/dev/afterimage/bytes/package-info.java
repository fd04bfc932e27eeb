/** What all need that keep bytes: their digests, how they survive a power failure, and how much room there is for them. */
@NullMarked
package dev.afterimage.bytes;

import org.jspecify.annotations.NullMarked;
