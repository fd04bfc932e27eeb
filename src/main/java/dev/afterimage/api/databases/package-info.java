/** Databases, their live files, and what is known about each. */
@NullMarked
package dev.afterimage.api.databases;

import org.jspecify.annotations.NullMarked;
