package dev.afterimage.hook;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a hook is told of the try of a backup around which it runs.
 *
 * @param state RUNNING before it, and then how it ended: SUCCEEDED, FAILED, CANCELLED, or QUEUED when it will be tried again
 * @param databases at least one
 */
public record HookFacts(UUID job, String state, List<Of> databases) {

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * One of the databases.
     *
     * @param snapshot id of the one that was made of it; null when none was
     */
    public record Of(String name, String path, @Nullable String snapshot) {}

    public HookFacts {
        databases = List.copyOf(databases);
    }

    /** As variables for a command. Of several databases a line each. */
    public Map<String, String> environment() {
        return Map.of(
                "AFTERIMAGE_JOB",
                job.toString(),
                "AFTERIMAGE_STATE",
                state,
                "AFTERIMAGE_DATABASE",
                lines(Of::name),
                "AFTERIMAGE_PATH",
                databases.getFirst().path(),
                "AFTERIMAGE_PATHS",
                lines(Of::path),
                "AFTERIMAGE_SNAPSHOT",
                databases.stream().map(Of::snapshot).filter(Objects::nonNull).collect(Collectors.joining("\n")));
    }

    private String lines(Function<Of, String> what) {
        return databases.stream().map(what).collect(Collectors.joining("\n"));
    }

    /** As the body of a request. */
    public String json() {
        return JSON.writeValueAsString(this);
    }
}
