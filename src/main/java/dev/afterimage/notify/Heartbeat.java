package dev.afterimage.notify;

import java.net.URI;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A URL that hears of each good backup of a database, so that something else raises the alarm when it hears nothing.
 *
 * @param attempts that failed since the last good backup
 * @param nextAttemptAt when it is due; null when nothing is to be sent
 * @param deliveredAt when it was answered with 2xx last; null for never
 * @param status of the last attempt's answer; null when there was none
 * @param error why the last attempt failed; null when none did
 */
public record Heartbeat(
        UUID databaseId,
        URI url,
        int attempts,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant deliveredAt,
        @Nullable Integer status,
        @Nullable String error) {}
