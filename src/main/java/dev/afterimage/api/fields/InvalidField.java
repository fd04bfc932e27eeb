package dev.afterimage.api.fields;

import io.swagger.v3.oas.annotations.media.Schema;

/** What is wrong with one part of a request. */
@Schema(description = "What is wrong with one part of a request")
public record InvalidField(
        @Schema(description = "Path of the field, name of the parameter or header; empty for the body as a whole")
        String field,

        @Schema(description = "What it must be") String message) {}
