package dev.afterimage.check;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * When a backup with verify AUTO has SQLite check its snapshot.
 *
 * @param fullBelow {@code afterimage.checks.full-below}: always, of databases that are smaller. By default as much as is restored and checked in
 *     about a second
 * @param fullEvery {@code afterimage.checks.full-every}: of larger ones, when the last FULL check of what the snapshot is built on is so long
 *     ago, or nearly: a tenth of it is let off, so that of daily backups each is checked in 24 hours, though none takes as long as another
 */
@ConfigurationProperties("afterimage.checks")
public record CheckSettings(
        @DefaultValue("64MB") DataSize fullBelow,
        @DefaultValue("24h") Duration fullEvery) {}
