package dev.afterimage.catalog;

import java.time.Instant;
import java.util.UUID;

/** Where a snapshot stands in lists: by its creation, to the millisecond, and among those of the same one by its id. */
public record SnapshotPlace(Instant createdAt, UUID id) {

    private static final String SEPARATOR = "/";

    static SnapshotPlace of(Snapshot snapshot) {
        return new SnapshotPlace(snapshot.createdAt(), snapshot.id());
    }

    /** @throws IllegalArgumentException when it is not what {@link #toString} makes */
    public static SnapshotPlace parse(String text) {
        var parts = text.split(SEPARATOR, 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("not the place of a snapshot: " + text);
        }
        var place = new SnapshotPlace(Instant.ofEpochMilli(Long.parseLong(parts[0])), UUID.fromString(parts[1]));
        if (!place.toString().equals(text)) {
            throw new IllegalArgumentException("not the place of a snapshot: " + text);
        }
        return place;
    }

    @Override
    public String toString() {
        return createdAt.toEpochMilli() + SEPARATOR + id;
    }
}
