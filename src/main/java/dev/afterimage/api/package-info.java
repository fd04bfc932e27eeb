/**
 * HTTP, by resource: controllers with their requests and answers. {@code http}, {@code fields} and {@code access} are what all resources need.
 */
@NullMarked
package dev.afterimage.api;

import org.jspecify.annotations.NullMarked;
