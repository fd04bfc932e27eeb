/**
 * HTTP: controllers, their request and response records, the mapping of problems to answers, the OpenAPI document.
 */
@NullMarked
package dev.afterimage.api;

import org.jspecify.annotations.NullMarked;
