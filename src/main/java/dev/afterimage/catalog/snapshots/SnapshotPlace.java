package dev.afterimage.catalog.snapshots;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;

/**
 * Where a snapshot stands among the others.
 *
 * @param orderedAt its creation, to the millisecond; but a snapshot never stands before those that were there when it was taken, whatever
 *     the clock said then
 * @param id orders those of the same millisecond
 */
public record SnapshotPlace(Instant orderedAt, UUID id) {

    private static final String SEPARATOR = "/";

    static SnapshotPlace of(ResultSet row) throws SQLException {
        return new SnapshotPlace(Instant.ofEpochMilli(row.getLong("ordered_at")), UUID.fromString(row.getString("id")));
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
        return orderedAt.toEpochMilli() + SEPARATOR + id;
    }
}
