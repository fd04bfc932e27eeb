/**
 * What can go wrong, as users see it: the one list of codes, and the exception that carries one. Knows no HTTP but the numbers of its statuses.
 */
@NullMarked
package dev.afterimage.problem;

import org.jspecify.annotations.NullMarked;
