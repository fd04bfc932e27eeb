package dev.afterimage.problem;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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

    /** Under which problems list them. */
    public static final String PROPERTY = "archived";

    private static final int NAMED = 5;

    /** Of some of them, for people; it names the first of many. */
    public static String text(List<ArchivedObject> objects) {
        var names = objects.stream().limit(NAMED).map(ArchivedObject::toString).collect(Collectors.joining("; "));
        int others = objects.size() - NAMED;
        return "archived, and to be restored before it can be read: " + names
                + (others > 0 ? "; and %d others".formatted(others) : "");
    }

    /** As problems list it. */
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
