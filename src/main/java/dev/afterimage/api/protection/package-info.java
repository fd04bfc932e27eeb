/** Which databases are protected, and why others are not. */
@NullMarked
package dev.afterimage.api.protection;

import org.jspecify.annotations.NullMarked;
