package dev.afterimage.repair;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a repair has done, or would do.
 *
 * @param from by the copies that had it, what was put back
 * @param snapshotsBroughtBack whose manifests were put back
 * @param snapshotsMended that were quarantined, and are not any more
 * @param left what is missing or damaged still
 * @param away copies that could not be asked, by name, and why
 */
public record Repaired(
        List<FromCopy> from,
        List<UUID> snapshotsBroughtBack,
        List<UUID> snapshotsMended,
        List<Left> left,
        Map<String, String> away) {

    public Repaired {
        from = List.copyOf(from);
        snapshotsBroughtBack = List.copyOf(snapshotsBroughtBack);
        snapshotsMended = List.copyOf(snapshotsMended);
        left = List.copyOf(left);
        away = Map.copyOf(away);
    }

    /** What came from one copy. */
    public record FromCopy(String copy, long objects, long bytes) {}

    /**
     * Something that could not be put back.
     *
     * @param database its name; null of a key or a copy of the catalog
     * @param object its key on the storage
     * @param damage what is wrong, for people
     * @param snapshots that cannot be restored without it
     */
    public record Left(@Nullable String database, String object, String damage, List<UUID> snapshots) {}

    long objects() {
        return from.stream().mapToLong(FromCopy::objects).sum();
    }

    long bytes() {
        return from.stream().mapToLong(FromCopy::bytes).sum();
    }
}
