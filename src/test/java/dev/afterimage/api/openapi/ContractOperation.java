package dev.afterimage.api.openapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * An operation as the OpenAPI document describes it.
 *
 * @param method upper case
 * @param path a template
 */
record ContractOperation(String method, String path, JsonNode description, JsonNode document) {

    /** @param in path, query, header */
    record Parameter(String name, String in, boolean required, JsonNode schema) {}

    static List<ContractOperation> of(JsonNode document) {
        var operations = new ArrayList<ContractOperation>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> operations.add(new ContractOperation(
                                method.getKey().toUpperCase(), path.getKey(), method.getValue(), document))));
        return List.copyOf(operations);
    }

    List<Parameter> parameters() {
        return description
                .path("parameters")
                .valueStream()
                .map(parameter -> new Parameter(
                        parameter.get("name").asString(),
                        parameter.get("in").asString(),
                        parameter.path("required").asBoolean(),
                        resolved(parameter.get("schema"))))
                .toList();
    }

    /** The schema of the body, if it is JSON. */
    Optional<JsonNode> jsonBody() {
        return Optional.ofNullable(description.at("/requestBody/content/application~1json/schema"))
                .filter(schema -> !schema.isMissingNode())
                .map(this::resolved);
    }

    boolean takesFile() {
        return description.path("requestBody").path("content").has("application/octet-stream");
    }

    boolean answersWith(int status) {
        return description.get("responses").has(Integer.toString(status));
    }

    /** @param type none when there is no body */
    boolean answersWith(int status, Optional<String> type) {
        var answer = resolved(description.get("responses").get(Integer.toString(status)));
        var content = answer.path("content");
        return type.map(content::has).orElse(content.isEmpty());
    }

    JsonNode resolved(JsonNode part) {
        var reference = part.path("$ref");
        return reference.isMissingNode()
                ? part
                : document.at(reference.asString().substring(1));
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
