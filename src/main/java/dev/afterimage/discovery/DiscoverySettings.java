package dev.afterimage.discovery;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where databases are looked for.
 *
 * @param directories {@code afterimage.discovery.directories}; default none
 * @param interval {@code afterimage.discovery.interval}: how long after a scan the next one begins; default 5 minutes, zero for
 *     only at the start, and once more a minute later
 */
@ConfigurationProperties("afterimage.discovery")
record DiscoverySettings(List<Directory> directories, Duration interval) {

    private static final Duration DEFAULT_INTERVAL = Duration.ofMinutes(5);

    DiscoverySettings(@Nullable List<Directory> directories, @Nullable Duration interval) {
        this.directories = directories == null ? List.of() : List.copyOf(directories);
        this.interval = Objects.requireNonNullElse(interval, DEFAULT_INTERVAL);
        if (this.interval.isNegative()) {
            throw new IllegalArgumentException("afterimage.discovery.interval is negative: " + interval);
        }
    }

    /**
     * One of the directories, with all that lie in it.
     *
     * @param path of the directory, under one of {@code afterimage.databases.roots}
     * @param glob which files are looked at, by their path from here on, as
     *     {@link java.nio.file.FileSystem#getPathMatcher} reads it, except that <code>**&#47;</code> is also no directory at all; default
     *     <code>**&#47;*.{db,sqlite,sqlite3}</code>
     * @param exclude globs of files that are not looked at, and of directories that are not gone into; default none
     * @param name what a database is named after: a text with {@code {path}} (from here on), {@code {directory}} (the one that the file
     *     lies in) and {@code {file}}, without the extension; default {@code {path}}
     * @param labels what a database gets beside {@code discovered=<path>}; default none
     * @param maxAge how old a database's last good state may be; default as it is configured for all
     */
    record Directory(
            Path path,
            String glob,
            List<String> exclude,
            String name,
            Map<String, String> labels,
            @Nullable Duration maxAge) {

        private static final String DEFAULT_GLOB = "**/*.{db,sqlite,sqlite3}";
        private static final String DEFAULT_NAME = "{path}";

        Directory(
                Path path,
                @Nullable String glob,
                @Nullable List<String> exclude,
                @Nullable String name,
                @Nullable Map<String, String> labels,
                @Nullable Duration maxAge) {
            this.path = Objects.requireNonNull(path, "a directory of afterimage.discovery.directories has no path")
                    .toAbsolutePath()
                    .normalize();
            this.glob = Objects.requireNonNullElse(glob, DEFAULT_GLOB);
            this.exclude = exclude == null ? List.of() : List.copyOf(exclude);
            this.name = Objects.requireNonNullElse(name, DEFAULT_NAME);
            this.labels = labels == null ? Map.of() : Map.copyOf(labels);
            this.maxAge = maxAge;
            Globs.of(List.of(this.glob)); // a mistake is told at the start, not by each scan
            Globs.of(this.exclude);
        }
    }
}
