package dev.afterimage.backup;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * How considerate captures are that say nothing of it themselves.
 *
 * @param maxWalBytes {@code afterimage.captures.max-wal-bytes}: a capture that has a state pinned while the WAL grows above this lets go,
 *     and is tried again; default none
 */
@ConfigurationProperties("afterimage.captures")
record CaptureSettings(@Nullable DataSize maxWalBytes) {}
