/**
 * Reading snapshots: their layers, their pages at any offset or all of them ahead, and what can be proven of damaged ones.
 */
@NullMarked
package dev.afterimage.repository.read;

import org.jspecify.annotations.NullMarked;
