package dev.afterimage.restore;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A database file made from a snapshot.
 *
 * @param sha256 of the whole file, hexadecimal; null where an earlier attempt made it of a snapshot whose SHA-256 is not known
 */
public record Restored(Path path, @Nullable String sha256) {}
