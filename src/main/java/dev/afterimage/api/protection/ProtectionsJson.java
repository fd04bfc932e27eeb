package dev.afterimage.api.protection;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.afterimage.api.http.Cursor;
import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protection;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How well the databases are protected, as answers have it. */
@Schema(name = "Protections", description = "How well the registered databases are protected")
public record ProtectionsJson(
        @Schema(
                description = "How many databases are how well protected",
                example =
                        "{\"UNPROTECTED\": 0, \"FAILING\": 0, \"COLLAPSED\": 0, \"STALE\": 1, \"PROTECTED\":" + " 41}")
        Map<Protection, Long> counts,

        @Schema(description = "Those that are not PROTECTED, by name")
        List<ProtectionJson> items,

        @Schema(
                description =
                        "Of each copy of the repository what it has of the database with which it is furthest behind:"
                                + " the worst state, and the oldest of the newest snapshots")
        List<InCopyJson> copies,

        @Schema(description = "Give this as `cursor` to get the next part; null on the last part") @Nullable
        String nextCursor) {

    static ProtectionsJson of(List<DatabaseProtection> all, @Nullable String afterName, int limit) {
        var items = all.stream()
                .filter(database -> !database.isProtected())
                .filter(database -> afterName == null || database.database().compareTo(afterName) > 0)
                .limit(limit + 1L)
                .map(ProtectionJson::of)
                .toList();
        boolean more = items.size() > limit;
        var shown = more ? items.subList(0, limit) : items;
        return new ProtectionsJson(
                counts(all),
                shown,
                InCopyJson.worst(all),
                more ? Cursor.of(shown.getLast().database()) : null);
    }

    /** Of each kind, also of those that no database has. */
    public static Map<Protection, Long> counts(List<DatabaseProtection> all) {
        var counts = new EnumMap<Protection, Long>(Protection.class);
        Arrays.stream(Protection.values()).forEach(protection -> counts.put(protection, 0L));
        counts.putAll(all.stream().collect(groupingBy(DatabaseProtection::protection, counting())));
        return counts;
    }
}
