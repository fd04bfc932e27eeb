/** The OpenAPI document: what the annotations at the operations do not say by themselves. */
@NullMarked
package dev.afterimage.api.openapi;

import org.jspecify.annotations.NullMarked;
