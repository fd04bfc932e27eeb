package dev.afterimage.check;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A check of the repository has found damage, or what could not be read. The rest was looked at all the same. */
public final class RepositoryFindingsException extends ProblemException {

    private final transient RepositoryChecked checked;

    private RepositoryFindingsException(ProblemCode code, String found, RepositoryChecked checked) {
        super(
                code,
                "Looked at all manifests and read %d layers of %d bytes; %s"
                        .formatted(checked.layersChecked(), checked.bytesChecked(), found));
        this.checked = checked;
    }

    /** @throws RepositoryFindingsException if there are any; of damage, where there is some of both */
    static void requireNone(RepositoryChecked checked) {
        if (!checked.damaged().isEmpty()) {
            var found = "what is damaged or missing: %d; first: %s"
                    .formatted(
                            checked.damaged().size(),
                            checked.damaged().getFirst().damage());
            throw new RepositoryFindingsException(ProblemCode.REPOSITORY_DAMAGED, found, checked);
        }
        if (!checked.unreadable().isEmpty()) {
            var found = "what cannot be read: %d; first: %s"
                    .formatted(
                            checked.unreadable().size(),
                            checked.unreadable().getFirst().reason());
            throw new RepositoryFindingsException(ProblemCode.REPOSITORY_UNREADABLE, found, checked);
        }
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of(
                "layersChecked",
                checked.layersChecked(),
                "bytesChecked",
                checked.bytesChecked(),
                "damaged",
                checked.damaged().stream()
                        .map(one -> json(one.database(), one.layer(), "damage", one.damage(), one.snapshots()))
                        .toList(),
                "unreadable",
                checked.unreadable().stream()
                        .map(one -> json(one.database(), one.layer(), "reason", one.reason(), one.snapshots()))
                        .toList());
    }

    private static Map<String, Object> json(
            @Nullable String database, @Nullable String layer, String what, String text, List<UUID> snapshots) {
        var json = new LinkedHashMap<String, Object>();
        if (database != null) {
            json.put("database", database);
        }
        if (layer != null) {
            json.put("layer", layer);
        }
        json.put(what, text);
        json.put("snapshots", snapshots.stream().map(UUID::toString).toList());
        return json;
    }
}
