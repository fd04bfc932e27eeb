package dev.afterimage.api.events;

import dev.afterimage.follow.FollowStanding;
import dev.afterimage.follow.FollowState;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** That it goes otherwise with a database that is followed, as events have it. */
@Schema(
        name = "FollowingChange",
        description = "Of the event `follow`: a database is followed in another way than before")
record FollowingChangeJson(
        @Schema(example = "orders") String database,

        @Schema(description = "null when this node does not follow it any more") @Nullable
        FollowState state,

        @Schema(description = "Why it is not FOLLOWING, a sentence; null when it is") @Nullable
        String reason) {

    static FollowingChangeJson of(String database, @Nullable FollowStanding standing) {
        return new FollowingChangeJson(
                database, standing == null ? null : standing.state(), standing == null ? null : standing.reason());
    }
}
