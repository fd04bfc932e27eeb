package dev.afterimage.cli;

import dev.afterimage.repository.format.Manifest;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** Prints the snapshots of a repository. */
record Contents(StoredRepository stored, @Nullable String databaseName, boolean json) {

    private static final String ROW = "  %-36s  %-30s  %10s  %10s  %10s  %-11s  %s%n";

    /** A snapshot as a line of JSON, in the API's words. */
    record Line(
            UUID id,
            String database,
            UUID databaseId,
            Instant createdAt,
            @Nullable UUID groupId,
            String method,
            long sizeBytes,
            long storedBytes,
            long newBytes,
            String treeDigest,
            @Nullable String sha256,
            Map<String, String> labels) {

        static Line of(Manifest snapshot) {
            return new Line(
                    snapshot.id(),
                    snapshot.databaseName(),
                    snapshot.databaseId(),
                    snapshot.createdAt(),
                    snapshot.groupId(),
                    snapshot.capture().method(),
                    snapshot.sizeBytes(),
                    snapshot.storedBytes(),
                    snapshot.newBytes(),
                    snapshot.treeDigest(),
                    snapshot.sha256(),
                    snapshot.labels());
        }
    }

    /** Returns whether all manifests could be read; those that could not are told. */
    boolean print(PrintWriter out, Messages messages) {
        var repository = stored.open();
        var databases = databaseName == null
                ? StoredDatabase.all(repository)
                : List.of(StoredDatabase.named(repository, databaseName));
        boolean complete = true;
        for (var database : databases) {
            complete &= !messages.warnOfUnreadable(database);
            var newestFirst = database.listing().readable().reversed();
            if (json) {
                printLines(out, newestFirst);
            } else {
                out.println(Printable.of(database));
                printTable(out, newestFirst);
            }
        }
        out.flush();
        return complete;
    }

    private static void printLines(PrintWriter out, List<Manifest> snapshots) {
        // Whatever the terminal's character set is, the lines are valid in it.
        var mapper =
                JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
        snapshots.forEach(snapshot -> out.println(mapper.writeValueAsString(Line.of(snapshot))));
    }

    private static void printTable(PrintWriter out, List<Manifest> snapshots) {
        out.printf(ROW, "SNAPSHOT", "CREATED AT", "SIZE", "STORED", "NEW", "METHOD", "LABELS");
        for (var snapshot : snapshots) {
            out.printf(
                    ROW,
                    snapshot.id(),
                    snapshot.createdAt(),
                    megabytes(snapshot.sizeBytes()),
                    megabytes(snapshot.storedBytes()),
                    megabytes(snapshot.newBytes()),
                    Printable.of(snapshot.capture().method()),
                    labels(snapshot));
        }
    }

    private static String megabytes(long bytes) {
        return "%.3f MB".formatted(bytes / 1e6);
    }

    private static String labels(Manifest snapshot) {
        return Printable.of(snapshot.labels().entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(", ")));
    }
}
