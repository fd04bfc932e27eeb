package dev.afterimage.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * What the demo tells: what happened, where to look, how to do it by hand.
 *
 * @param service its address
 * @param database the file to which another process writes
 * @param writer process id of that one
 * @param backup the job
 * @param snapshot that it made
 * @param again the job of a second backup
 * @param second the snapshot that this made
 * @param check of the first snapshot
 * @param restore the job
 */
record DemoReport(
        String service,
        Path adminToken,
        Path database,
        long writer,
        JsonNode backup,
        JsonNode snapshot,
        JsonNode again,
        JsonNode second,
        JsonNode check,
        JsonNode restore) {

    /**
     * The text.
     *
     * @param before what was committed before the backup
     * @param restored what the restored file has
     * @param after what was committed after the backup
     */
    String text(Orders.Contents before, Orders.Contents restored, Orders.Contents after) {
        return """

                ==== Afterimage demo ===========================================================

                Process %d keeps writing orders to
                  %s

                  registered  as database "orders"
                  backed up   %s in %d ms; stored in %s; writers waited %d ms
                  once more   only what changed since, in %d ms; stored in %s
                  checked     %s %s: restored from the repository in %d ms, %s
                  restored    in %d ms to %s
                  compared    %s

                Look around, with "Authorize" and the token that is in
                  %s
                at
                  %s/swagger-ui.html

                Do it by hand: back up, see how it went, list, download, restore
                %s

                Stop with Ctrl-C; the other process ends with this one.
                ================================================================================
                """.formatted(
                        writer,
                        database,
                        size(snapshot.get("sizeBytes")),
                        millis(backup),
                        size(snapshot.get("storedBytes")),
                        snapshot.get("lockHeldMillis").asLong(),
                        millis(again),
                        size(second.get("newBytes")),
                        check.get("level").asString(),
                        check.get("passed").asBoolean() ? "PASSED" : "FAILED",
                        millis(check),
                        lines(check),
                        millis(restore),
                        path(),
                        comparison(before, restored, after),
                        adminToken,
                        service,
                        byHand());
    }

    private String path() {
        return restore.get("result").get("path").asString();
    }

    private static String lines(JsonNode check) {
        var messages = check.get("messages");
        return messages.isEmpty()
                ? "SQLite found no error"
                : messages.valueStream().map(JsonNode::asString).collect(Collectors.joining("; "));
    }

    /** A committed state has all orders up to one that was the last at some moment of the backup. */
    private static String comparison(Orders.Contents before, Orders.Contents restored, Orders.Contents after) {
        boolean one = restored.gapless() && before.last() <= restored.last() && restored.last() <= after.last();
        return """
                %,d orders, %s no. %,d
                              (the live database was at no. %,d before the backup and at no. %,d after it)\
                """.formatted(
                        restored.rows(),
                        one ? "all there up to" : "WHICH IS NO COMMITTED STATE, up to",
                        restored.last(),
                        before.last(),
                        after.last());
    }

    private String byHand() {
        var api = service + "/api/v1";
        var id = snapshot.get("id").asString();
        var directory = database.getParent();
        return """
                  TOKEN=$(cat '%4$s')
                  curl -sH "X-API-Key: $TOKEN" -X POST '%1$s/databases/orders/backups'
                  curl -sH "X-API-Key: $TOKEN" '%1$s/jobs?database=orders&limit=1'
                  curl -sH "X-API-Key: $TOKEN" '%1$s/databases/orders/snapshots'
                  curl -sH "X-API-Key: $TOKEN" -o '%3$s/downloaded.db' '%1$s/snapshots/%2$s/content'
                  curl -sH "X-API-Key: $TOKEN" -X POST '%1$s/restores' -H 'Content-Type: application/json' \\
                    -d '{"snapshot": "%2$s", "target": {"path": "%3$s/restored-by-hand.db"}}'\
                """.formatted(api, id, directory, adminToken);
    }

    /** From start to finish of a job or a check. */
    private static long millis(JsonNode work) {
        return Duration.between(
                        Instant.parse(work.get("startedAt").asString()),
                        Instant.parse(work.get("finishedAt").asString()))
                .toMillis();
    }

    private static String size(JsonNode bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes.asLong() / 1e6);
    }
}
