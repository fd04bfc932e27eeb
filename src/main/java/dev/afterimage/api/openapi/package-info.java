/** The OpenAPI document, and the page on which it can be tried. */
@NullMarked
package dev.afterimage.api.openapi;

import org.jspecify.annotations.NullMarked;
