package dev.afterimage.copies;

import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.sftp.SftpSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the repository is copied to.
 *
 * @param copies {@code afterimage.copies.<name>}: by a name of lower-case letters, digits and {@code -}
 */
@ConfigurationProperties("afterimage")
public record CopySettings(@DefaultValue Map<String, OfCopy> copies) {

    /**
     * One copy.
     *
     * @param location {@code .location}: a directory, or {@code s3://bucket/prefix}
     * @param s3 {@code .s3}: how to reach a bucket, as {@code afterimage.repository.s3}
     * @param sftp {@code .sftp}: how to reach a server, as {@code afterimage.repository.sftp}
     * @param maxAge {@code .max-age}: how old the newest snapshot of a database in the copy may be where a database needs a copy; as old as in the
     *     repository when not given
     * @param delete {@code .delete}: whether snapshots that were deleted from the repository are deleted there too; with false the service never
     *     deletes anything there
     */
    public record OfCopy(
            String location,
            S3Settings s3,
            SftpSettings sftp,
            @Nullable Duration maxAge,
            boolean delete) {

        public OfCopy(
                @Nullable String location,
                @Nullable S3Settings s3,
                @Nullable SftpSettings sftp,
                @Nullable Duration maxAge,
                @DefaultValue("true") boolean delete) {
            if (location == null || location.isBlank()) {
                throw new IllegalArgumentException("afterimage.copies: each copy needs a location");
            }
            Location.parse(location); // what cannot be stops the start
            if (maxAge != null && !maxAge.isPositive()) {
                throw new IllegalArgumentException("afterimage.copies: max-age must be positive");
            }
            this.location = location;
            this.s3 = Objects.requireNonNullElse(s3, S3Settings.NONE);
            this.sftp = Objects.requireNonNullElse(sftp, SftpSettings.NONE);
            this.maxAge = maxAge;
            this.delete = delete;
        }
    }

    public CopySettings {
        copies = new TreeMap<>(copies);
        for (var name : copies.keySet()) {
            if (!name.matches("[a-z0-9][a-z0-9-]{0,31}")) {
                throw new IllegalArgumentException(
                        "afterimage.copies.%s: a name has lower-case letters, digits and -".formatted(name));
            }
        }
    }
}
