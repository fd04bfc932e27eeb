package dev.afterimage.restore;

import java.nio.file.Path;

/**
 * A database file made from a snapshot.
 *
 * @param sha256 of the whole file, hexadecimal
 */
public record Restored(Path path, String sha256) {}
