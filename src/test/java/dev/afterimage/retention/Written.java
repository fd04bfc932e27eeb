package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.Age;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshot.Level;
import dev.afterimage.catalog.snapshots.Snapshot.Proof;
import dev.afterimage.catalog.snapshots.Snapshot.State;
import dev.afterimage.catalog.snapshots.Snapshot.Verification;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Snapshots and policies as tables of tests write them. */
final class Written {

    private static final UUID DATABASE = new UUID(1, 1);

    private Written() {}

    /**
     * A snapshot from a text such as {@code 2026-03-01T10:00Z}, behind which flags may stand: {@code +} for PASSED, {@code *} for PASSED at level FULL, {@code !}
     * for QUARANTINED, {@code ^} for pinned, {@code x} for expired long ago.
     */
    static Snapshot snapshot(String text) {
        int end = text.length();
        while ("+*!^x".indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        var flags = text.substring(end);
        return snapshot(
                OffsetDateTime.parse(text.substring(0, end)).toInstant(),
                flags.contains("!"),
                flags.contains("+") || flags.contains("*"),
                flags.contains("*") ? new Proof(Level.FULL, null) : Proof.NONE,
                flags.contains("^"),
                flags.contains("x") ? Instant.EPOCH : null);
    }

    static Snapshot snapshot(String createdAt, @Nullable UUID group, Map<String, String> labels) {
        var plain = snapshot(createdAt);
        return new Snapshot(
                plain.id(),
                plain.databaseId(),
                plain.databaseName(),
                plain.createdAt(),
                group,
                plain.state(),
                plain.verification(),
                plain.proof(),
                plain.content(),
                plain.capture(),
                plain.pinned(),
                plain.expiresAt(),
                labels,
                null);
    }

    static Snapshot snapshot(
            Instant createdAt,
            boolean quarantined,
            boolean passed,
            Proof proof,
            boolean pinned,
            @Nullable Instant expiresAt) {
        var verification = quarantined ? Verification.FAILED : passed ? Verification.PASSED : Verification.UNVERIFIED;
        return new Snapshot(
                UUID.randomUUID(),
                DATABASE,
                "orders",
                createdAt,
                null,
                quarantined ? State.QUARANTINED : State.AVAILABLE,
                verification,
                proof,
                new Snapshot.Content(4096, 1, 1, 1, "", null),
                new Snapshot.Capture("AUTO", "SCAN", null, "WAL", 0, 0, 0, List.of()),
                pinned,
                expiresAt,
                Map.of(),
                null);
    }

    /** What a policy makes of snapshots whose damage was found as soon as they were made. */
    static RetentionPlan plan(RetentionPolicy policy, List<Snapshot> snapshots, StoredObjects stored, Instant now) {
        var foundAt = snapshots.stream().collect(Collectors.toMap(Snapshot::id, Snapshot::createdAt));
        return RetentionPlan.of(policy, snapshots, foundAt, Set.of(), Set.of(), Set.of(), stored, now);
    }

    /** A policy from a text such as {@code daily=7 within=2d}. */
    static RetentionPolicy policy(String text) {
        var fields = new HashMap<String, String>();
        Arrays.stream(text.split(" ")).filter(part -> !part.isEmpty()).forEach(part -> {
            var field = part.split("=");
            fields.put(field[0], field[1]);
        });
        var policy = new RetentionPolicy(
                count(fields.remove("last")),
                count(fields.remove("hourly")),
                count(fields.remove("daily")),
                count(fields.remove("weekly")),
                count(fields.remove("monthly")),
                count(fields.remove("yearly")),
                age(fields.remove("within")),
                fields.containsKey("label")
                        ? List.of(fields.remove("label").replace(":", "=").split(","))
                        : List.of(),
                age(fields.remove("maxAge")),
                fields.containsKey("maxBytes") ? Long.valueOf(fields.remove("maxBytes")) : null,
                ZoneId.of(fields.getOrDefault("zone", "UTC")));
        fields.remove("zone");
        if (!fields.isEmpty()) {
            throw new IllegalArgumentException("Not of a policy: " + fields);
        }
        return policy;
    }

    private static @Nullable Integer count(@Nullable String text) {
        return text == null ? null : Integer.valueOf(text);
    }

    private static @Nullable Age age(@Nullable String text) {
        return text == null ? null : Age.parse(text);
    }
}
