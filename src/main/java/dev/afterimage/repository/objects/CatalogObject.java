package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.ObjectKeys;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A copy of a catalog as it lies in the repository; see {@code docs/repository-format.md}, "Catalog copy".
 *
 * @param catalogId of which catalog
 * @param takenAt to the millisecond
 * @param reason for which it was taken, lower-case letters
 * @param sha256 of the object, hexadecimal
 * @param bytes its size at present
 */
public record CatalogObject(UUID catalogId, Instant takenAt, String reason, String sha256, long bytes) {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern NAME = Pattern.compile("(\\d{8}T\\d{9}Z)-([a-z]+)-([0-9a-f]{64})");

    /** Its key, by which it is told from all others; later copies of a catalog have greater ones. */
    public String key() {
        return name() + "-" + sha256;
    }

    /** The same without its checksum, which is not known before all of it is written. */
    String name() {
        return name(catalogId, takenAt, reason);
    }

    static String name(UUID catalogId, Instant takenAt, String reason) {
        return "%s%s/%s-%s".formatted(ObjectKeys.CATALOG, catalogId, TIME.format(takenAt), reason);
    }

    /** Empty when no copy can have that key. */
    public static Optional<CatalogObject> of(String key, long bytes) {
        var parts = key.split("/", -1);
        var name = NAME.matcher(parts[parts.length - 1]);
        if (parts.length != 3 || !name.matches()) {
            return Optional.empty();
        }
        try {
            var takenAt = TIME.parse(name.group(1), Instant::from);
            return ObjectKeys.uuid(parts[1])
                    .map(id -> new CatalogObject(id, takenAt, name.group(2), name.group(3), bytes));
        } catch (DateTimeParseException noSuchTime) {
            return Optional.empty();
        }
    }
}
