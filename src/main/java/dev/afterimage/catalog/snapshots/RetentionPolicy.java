package dev.afterimage.catalog.snapshots;

import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots of a database stay. What any of the rules keeps stays, unless it is beyond a limit ({@code maxAge},
 * {@code maxBytes}). A policy without rules keeps all that is within its limits. What is null is no rule, or no limit.
 *
 * @param last so many of the newest
 * @param hourly the newest of each of so many hours; only hours that have a snapshot count. The same for the following
 * @param weekly weeks begin on Monday (ISO 8601)
 * @param within all that are younger
 * @param labels all that have one of these labels, each written {@code key} or {@code key=value}; empty for no such rule
 * @param maxAge none that is older
 * @param maxBytes what the snapshots together take in the repository; beyond it the oldest go
 * @param zone where hours, days, weeks, months and years begin
 */
public record RetentionPolicy(
        @Nullable Integer last,
        @Nullable Integer hourly,
        @Nullable Integer daily,
        @Nullable Integer weekly,
        @Nullable Integer monthly,
        @Nullable Integer yearly,
        @Nullable Age within,
        List<String> labels,
        @Nullable Age maxAge,
        @Nullable Long maxBytes,
        ZoneId zone) {

    /** Where nobody said what stays, all does. */
    public static final RetentionPolicy KEEP_ALL =
            new RetentionPolicy(null, null, null, null, null, null, null, List.of(), null, null, ZoneId.of("UTC"));

    public RetentionPolicy {
        labels = List.copyOf(Objects.requireNonNullElse(labels, List.of()));
    }

    /** Whether the rule of labels keeps a snapshot that has these. */
    public boolean keeps(Map<String, String> labelsOfSnapshot) {
        return labelsOfSnapshot.entrySet().stream()
                .anyMatch(label ->
                        labels.contains(label.getKey()) || labels.contains(label.getKey() + "=" + label.getValue()));
    }
}
