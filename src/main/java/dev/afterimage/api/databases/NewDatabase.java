package dev.afterimage.api.databases;

import dev.afterimage.api.fields.Labels;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to register a database. */
@Schema(description = "A database to register", example = "{\"name\": \"app\", \"path\": \"/srv/app/app.db\"}")
public record NewDatabase(
        @Schema(description = "Under which it is known from now on", example = "app")
        @NotNull
        @Pattern(regexp = NAME, message = "must match " + NAME)
        String name,

        @Schema(
                description = "Absolute path of an SQLite file under one of afterimage.databases.roots, also after all"
                        + " symbolic links are resolved",
                example = "/srv/app/app.db")
        @NotNull
        @Size(min = 1, max = MAX_PATH)
        String path,

        @Schema(description = "Anything you want to find it by", example = "{\"team\": \"orders\"}") @Labels @Nullable
        Map<String, String> labels) {

    static final String NAME = "[a-z0-9][a-z0-9._-]{0,62}";
    public static final int MAX_PATH = 4096;

    @Override
    public Map<String, String> labels() {
        return Objects.requireNonNullElse(labels, Map.of());
    }
}
