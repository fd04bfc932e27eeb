/** Who calls and what they may do: tokens, the audit, and the filters through which every request goes. */
@NullMarked
package dev.afterimage.api.access;

import org.jspecify.annotations.NullMarked;
