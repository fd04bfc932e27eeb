package dev.afterimage.demo;

import tools.jackson.databind.JsonNode;

/** The service refused something, or a job failed. */
final class DemoException extends RuntimeException {

    private final String code;

    /** @param problem as the service told it */
    DemoException(JsonNode problem) {
        super("%s: %s %s"
                .formatted(
                        problem.path("code").asString("UNKNOWN"),
                        problem.path("detail").asString(problem.toString()),
                        problem.path("hint").asString("")));
        this.code = problem.path("code").asString("UNKNOWN");
    }

    String code() {
        return code;
    }
}
