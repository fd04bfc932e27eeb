package dev.afterimage.repository.objects;

import dev.afterimage.storage.ObjectInfo;
import java.util.List;

/** A number of objects, and their bytes. */
public record Usage(int objects, long bytes) {

    public static final Usage NONE = new Usage(0, 0);

    public static Usage of(List<ObjectInfo> objects) {
        return new Usage(
                objects.size(), objects.stream().mapToLong(ObjectInfo::bytes).sum());
    }

    public Usage plus(Usage other) {
        return new Usage(objects + other.objects, bytes + other.bytes);
    }
}
