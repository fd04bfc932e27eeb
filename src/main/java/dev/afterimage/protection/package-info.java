/** Whether each database is protected, as its own maxAge and maxFullCheckAge demand, and why not. */
@NullMarked
package dev.afterimage.protection;

import org.jspecify.annotations.NullMarked;
