/** Restores of one snapshot and of groups, and previews of them. */
@NullMarked
package dev.afterimage.api.restores;

import org.jspecify.annotations.NullMarked;
