package dev.afterimage.copies;

import dev.afterimage.catalog.snapshots.Age;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.sftp.SftpSettings;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

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
     * @param keep {@code .keep}: which snapshots stay there, whatever the repository keeps; what the repository keeps when not given
     * @param rate {@code .rate}: how many bytes a second are read from the repository at most, and how many are sent; as fast as it goes when not
     *     given
     * @param delete {@code .delete}: whether snapshots that were deleted from the repository are deleted there too; with false the service never
     *     deletes anything there
     */
    public record OfCopy(
            String location,
            S3Settings s3,
            SftpSettings sftp,
            @Nullable Duration maxAge,
            @Nullable Keep keep,
            @Nullable DataSize rate,
            boolean delete) {

        /** A request takes five minutes at most, in which each of several must have sent its part. */
        private static final DataSize LEAST_RATE = DataSize.ofMegabytes(1);

        public OfCopy(
                @Nullable String location,
                @Nullable S3Settings s3,
                @Nullable SftpSettings sftp,
                @Nullable Duration maxAge,
                @Nullable Keep keep,
                @Nullable DataSize rate,
                @DefaultValue("true") boolean delete) {
            if (location == null || location.isBlank()) {
                throw new IllegalArgumentException("afterimage.copies: each copy needs a location");
            }
            Location.parse(location); // what cannot be stops the start
            if (maxAge != null && !maxAge.isPositive()) {
                throw new IllegalArgumentException("afterimage.copies: max-age must be positive");
            }
            if (keep != null && !delete) {
                throw new IllegalArgumentException(
                        "afterimage.copies: keep says what is deleted there, and delete that nothing ever is");
            }
            if (rate != null && rate.compareTo(LEAST_RATE) < 0) {
                throw new IllegalArgumentException("afterimage.copies: rate is in bytes per second, and at least "
                        + LEAST_RATE.toMegabytes() + "MB");
            }
            this.location = location;
            this.s3 = Objects.requireNonNullElse(s3, S3Settings.NONE);
            this.sftp = Objects.requireNonNullElse(sftp, SftpSettings.NONE);
            this.maxAge = maxAge;
            this.keep = keep;
            this.rate = rate;
            this.delete = delete;
        }
    }

    /**
     * Which snapshots of each database stay in a copy, as {@link RetentionPolicy} has it.
     *
     * @param within such as {@code 30d}; so is {@code maxAge}
     * @param zone UTC when not given
     */
    public record Keep(
            @Nullable Integer last,
            @Nullable Integer hourly,
            @Nullable Integer daily,
            @Nullable Integer weekly,
            @Nullable Integer monthly,
            @Nullable Integer yearly,
            @Nullable String within,
            @Nullable List<String> labels,
            @Nullable String maxAge,
            @Nullable ZoneId zone) {

        public Keep {
            if (Stream.of(last, hourly, daily, weekly, monthly, yearly)
                    .flatMap(Stream::ofNullable)
                    .anyMatch(count -> count < 1)) {
                throw new IllegalArgumentException("afterimage.copies: a number of snapshots to keep must be positive");
            }
            labels = Objects.requireNonNullElse(labels, List.of());
            age(within); // what is none stops the start
            age(maxAge);
        }

        RetentionPolicy policy() {
            return new RetentionPolicy(
                    last,
                    hourly,
                    daily,
                    weekly,
                    monthly,
                    yearly,
                    age(within),
                    Objects.requireNonNullElse(labels, List.of()),
                    age(maxAge),
                    null,
                    Objects.requireNonNullElse(zone, ZoneId.of("UTC")));
        }

        private static @Nullable Age age(@Nullable String text) {
            return text == null ? null : Age.parse(text);
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
