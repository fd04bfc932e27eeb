package dev.afterimage.api;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request to change a registered database. What is absent or null stays as it is. */
@Schema(
        description = "What to change; what is absent or null stays as it is",
        example = "{\"labels\": {\"team\": \"billing\"}}")
record DatabaseChange(
        @Schema(
                description = "Where the file is now; the same rules as for registering",
                example = "/srv/orders/orders.db")
        @Size(min = 1, max = NewDatabase.MAX_PATH)
        @Nullable
        String path,

        @Schema(description = "Replaces all labels", example = "{\"team\": \"billing\"}") @Labels @Nullable
        Map<String, String> labels) {}
