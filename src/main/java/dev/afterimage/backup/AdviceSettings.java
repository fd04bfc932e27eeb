package dev.afterimage.backup;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * From when on something is worth an advice.
 *
 * @param walBytes {@code afterimage.advice.wal-bytes}: a larger WAL, or more growth of it during a backup, is told of
 * @param writersWaited {@code afterimage.advice.writers-waited}: so is a backup that kept writers waiting for longer
 */
@ConfigurationProperties("afterimage.advice")
record AdviceSettings(
        @DefaultValue("256MB") DataSize walBytes,
        @DefaultValue("100ms") Duration writersWaited) {}
