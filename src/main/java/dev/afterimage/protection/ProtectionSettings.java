package dev.afterimage.protection;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When a database counts as protected.
 *
 * @param maxAge {@code afterimage.protection.max-age}: how old the newest good snapshot of a database may be that names no age of its own
 * @param maxFullCheckAge {@code afterimage.protection.max-full-check-age}: how old the last FULL check of what protects a database may be that
 *     names no age of its own; null for any age, as by default
 * @param requireCopy {@code afterimage.protection.require-copy}: whether a database counts as protected only while a copy of the repository has a
 *     good snapshot of it that is young enough
 */
@ConfigurationProperties("afterimage.protection")
public record ProtectionSettings(
        @DefaultValue("24h") Duration maxAge,
        @Nullable Duration maxFullCheckAge,
        @DefaultValue("false") boolean requireCopy) {}
