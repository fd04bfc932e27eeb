package dev.afterimage.storage;

import java.time.Instant;

/**
 * A published object as a listing shows it.
 *
 * @param key its name, parts separated by {@code /}
 * @param bytes its size
 * @param lastModified when it was written
 */
public record ObjectInfo(String key, long bytes, Instant lastModified) {}
