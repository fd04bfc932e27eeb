package dev.afterimage.api.http;

import dev.afterimage.api.fields.IdText;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.catalog.snapshots.SnapshotPlace;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where the next part of a list begins: the key of the last item, in a form that invites nobody to rely on it. */
public final class Cursor {

    private Cursor() {}

    public static String of(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when it is not one of ours */
    public static @Nullable String key(@Nullable String cursor) {
        if (cursor == null) {
            return null;
        }
        try {
            return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw InvalidField.refused("cursor", "must be a `nextCursor` of an earlier answer");
        }
    }

    /** @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when it is not one of ours */
    public static @Nullable UUID id(@Nullable String cursor) {
        return read(cursor, IdText::parse);
    }

    /** @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when it is not one of ours */
    public static @Nullable SnapshotPlace snapshot(@Nullable String cursor) {
        return read(cursor, SnapshotPlace::parse);
    }

    /**
     * @param reader throws IllegalArgumentException when it is none
     * @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when it is not one of ours
     */
    public static <T> @Nullable T read(@Nullable String cursor, Function<String, T> reader) {
        var key = key(cursor);
        try {
            return key == null ? null : reader.apply(key);
        } catch (IllegalArgumentException e) {
            throw InvalidField.refused("cursor", "must be a `nextCursor` of an earlier answer");
        }
    }
}
