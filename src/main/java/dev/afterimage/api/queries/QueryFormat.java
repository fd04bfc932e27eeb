package dev.afterimage.api.queries;

/** How rows are written. */
enum QueryFormat {
    JSON,
    CSV
}
