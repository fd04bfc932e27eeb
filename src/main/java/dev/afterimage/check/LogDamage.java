package dev.afterimage.check;

import dev.afterimage.repository.format.SegmentName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A segment of a log that is not as it was written, is missing, or cannot be read.
 *
 * @param database its name; its id where the catalog does not know it
 * @param lastCommit the last one that cannot be reached because of it
 * @param found what is wrong, for people
 */
record LogDamage(String database, SegmentName segment, long lastCommit, String found) {

    /** @param what the name of what is wrong */
    Map<String, Object> json(String what) {
        var json = new LinkedHashMap<String, Object>();
        json.put("database", database);
        json.put("chain", segment.chain().toString());
        json.put("firstCommit", segment.firstCommit());
        json.put("lastCommit", lastCommit);
        json.put(what, found);
        json.put("snapshots", List.of());
        return json;
    }
}
