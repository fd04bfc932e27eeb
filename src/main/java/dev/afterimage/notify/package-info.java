/**
 * Tells others over HTTP what happened: events become deliveries in the transaction in which they happen, and deliveries become
 * signed requests, tried again until they are answered.
 */
@NullMarked
package dev.afterimage.notify;

import org.jspecify.annotations.NullMarked;
