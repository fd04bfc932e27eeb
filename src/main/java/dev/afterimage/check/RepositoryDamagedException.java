package dev.afterimage.check;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A check of the repository found damage; the snapshots that it hits are quarantined. */
public final class RepositoryDamagedException extends ProblemException {

    private final transient RepositoryChecked checked;

    RepositoryDamagedException(RepositoryChecked checked) {
        super(
                ProblemCode.REPOSITORY_DAMAGED,
                "%d damages in %d layers of %d bytes that were read, and in the manifests; first: %s"
                        .formatted(
                                checked.damaged().size(),
                                checked.layersChecked(),
                                checked.bytesChecked(),
                                checked.damaged().getFirst().damage()));
        this.checked = checked;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of(
                "layersChecked",
                checked.layersChecked(),
                "bytesChecked",
                checked.bytesChecked(),
                "damaged",
                checked.damaged().stream().map(RepositoryDamagedException::json).toList());
    }

    private static Map<String, Object> json(Damage damage) {
        var json = new LinkedHashMap<String, Object>();
        json.put("database", damage.database());
        if (damage.layer() != null) {
            json.put("layer", damage.layer());
        }
        json.put("damage", damage.damage());
        json.put("snapshots", ids(damage.snapshots()));
        return json;
    }

    private static List<String> ids(List<UUID> snapshots) {
        return snapshots.stream().map(UUID::toString).toList();
    }
}
