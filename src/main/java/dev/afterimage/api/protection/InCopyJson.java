package dev.afterimage.api.protection;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.reducing;

import dev.afterimage.copies.CopyStates;
import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.InCopy;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a copy of the repository has of a database, as answers have it. */
@Schema(name = "DatabaseInCopy", description = "What a copy of the repository has of a database")
public record InCopyJson(
        @Schema(description = "Of the copy", example = "offsite")
        String name,

        @Schema(
                description =
                        "CURRENT: it has the newest good snapshot, or there is none. BEHIND: it has not. AWAY: the copy could not be"
                                + " reached at the last try, or had something else. FAILING: the last try failed for another reason")
        CopyStates.State state,

        @Schema(description = "The newest good snapshot that it has; null for none") @Nullable
        UUID newestSnapshot,

        @Schema(
                description =
                        "Since the database was last known to be in its state; null for none, and when that is later"
                                + " than now",
                example = "3720")
        @Nullable
        Long ageSeconds) {

    static InCopyJson of(InCopy one) {
        var age = one.age();
        return new InCopyJson(one.copy(), one.state(), one.newestSnapshot(), age == null ? null : age.toSeconds());
    }

    /** Of each copy what it has of the database with which it is furthest behind, by name. */
    public static List<InCopyJson> worst(List<DatabaseProtection> all) {
        return all.stream()
                .filter(database -> database.lastGoodAt() != null)
                .flatMap(database -> database.copies().stream())
                .collect(groupingBy(InCopy::copy, TreeMap::new, reducing(InCopyJson::worse)))
                .values()
                .stream()
                .flatMap(Optional::stream)
                .map(InCopyJson::of)
                .toList();
    }

    private static InCopy worse(InCopy one, InCopy other) {
        var state = one.state().compareTo(other.state()) > 0 ? one.state() : other.state();
        var older = Comparator.comparing(InCopy::goodAt, Comparator.nullsFirst(Comparator.naturalOrder()));
        var oldest = older.compare(one, other) <= 0 ? one : other;
        return new InCopy(one.copy(), state, oldest.newestSnapshot(), oldest.goodAt(), oldest.age());
    }
}
