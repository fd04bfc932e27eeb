package dev.afterimage.api.http;

import dev.afterimage.catalog.Page;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A part of a list. */
@Schema(description = "A part of a list")
public record Listing<T>(
        List<T> items,

        @Schema(description = "Give this as `cursor` to get the next part; null on the last part") @Nullable
        String nextCursor) {

    public static <S, T> Listing<T> of(Page<S, ?> page, Function<S, T> json) {
        var next = page.next();
        return new Listing<>(
                page.items().stream().map(json).toList(), next == null ? null : Cursor.of(next.toString()));
    }
}
