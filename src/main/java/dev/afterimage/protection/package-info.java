/** Whether each database is protected, as its own maxAge demands, and why not. */
@NullMarked
package dev.afterimage.protection;

import org.jspecify.annotations.NullMarked;
