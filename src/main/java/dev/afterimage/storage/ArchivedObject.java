package dev.afterimage.storage;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object that is there, and is not given out before somebody has it restored from an archive.
 *
 * @param bucket that it lies in
 * @param key its whole name there, with the repository's prefix
 * @param storageClass as the storage calls it; null where it does not say
 * @param isBeingRestored whether somebody has asked for it already
 */
public record ArchivedObject(
        String bucket, String key, @Nullable String storageClass, boolean isBeingRestored) {

    /** As a problem lists it. */
    public Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("bucket", bucket);
        json.put("key", key);
        if (storageClass != null) {
            json.put("storageClass", storageClass);
        }
        json.put("beingRestored", isBeingRestored);
        return json;
    }

    @Override
    public String toString() {
        var where = storageClass == null ? "" : " (%s)".formatted(storageClass);
        return key + where + (isBeingRestored ? ", which is being restored" : "");
    }
}
