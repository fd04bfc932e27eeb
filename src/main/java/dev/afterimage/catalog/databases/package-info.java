/** Databases and their paths. */
@NullMarked
package dev.afterimage.catalog.databases;

import org.jspecify.annotations.NullMarked;
