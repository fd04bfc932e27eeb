package dev.afterimage.storage;

/**
 * An object as a listing shows it.
 *
 * @param key its name, parts separated by {@code /}
 * @param bytes its size
 */
public record ObjectInfo(String key, long bytes) {}
