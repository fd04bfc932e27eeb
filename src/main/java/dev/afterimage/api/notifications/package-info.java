/** Webhooks and heartbeats. */
@NullMarked
package dev.afterimage.api.notifications;

import org.jspecify.annotations.NullMarked;
