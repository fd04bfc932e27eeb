package dev.afterimage.check;

import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a check of the repository has looked at, and found.
 *
 * @param layersChecked layers that were read
 * @param bytesChecked of these layers
 */
public record RepositoryChecked(
        int layersChecked, long bytesChecked, List<Damage> damaged, List<Unreadable> unreadable) {

    public RepositoryChecked {
        damaged = List.copyOf(damaged);
        unreadable = List.copyOf(unreadable);
    }

    /** @throws ProblemException of what was found; of damage, where there is some of both */
    void requireNothingFound() {
        if (!damaged.isEmpty()) {
            throw problem(
                    ProblemCode.REPOSITORY_DAMAGED,
                    "what is damaged or missing: %d; first: %s"
                            .formatted(damaged.size(), damaged.getFirst().damage()));
        }
        var archived = archived();
        if (!archived.isEmpty()
                && unreadable.stream().noneMatch(one -> one.archived().isEmpty())) {
            throw problem(ProblemCode.OBJECTS_ARCHIVED, ArchivedObject.text(archived));
        }
        if (!unreadable.isEmpty()) {
            throw problem(
                    ProblemCode.REPOSITORY_UNREADABLE,
                    "what cannot be read: %d; first: %s"
                            .formatted(unreadable.size(), unreadable.getFirst().reason()));
        }
    }

    private List<ArchivedObject> archived() {
        return unreadable.stream()
                .flatMap(one -> one.archived().stream())
                .distinct()
                .toList();
    }

    private ProblemException problem(ProblemCode code, String found) {
        var properties = new HashMap<String, Object>();
        properties.put("layersChecked", layersChecked);
        properties.put("bytesChecked", bytesChecked);
        properties.put(
                "damaged",
                damaged.stream()
                        .map(one -> json(one.database(), one.layer(), "damage", one.damage(), one.snapshots()))
                        .toList());
        properties.put(
                "unreadable",
                unreadable.stream()
                        .map(one -> json(one.database(), one.layer(), "reason", one.reason(), one.snapshots()))
                        .toList());
        var archived = archived();
        if (!archived.isEmpty()) {
            properties.put(
                    ArchivedObject.PROPERTY,
                    archived.stream().map(ArchivedObject::json).toList());
        }
        return new ProblemException(Problem.of(
                code,
                "Looked at all manifests and read %d layers of %d bytes; %s"
                        .formatted(layersChecked, bytesChecked, found),
                properties));
    }

    private static Map<String, Object> json(
            @Nullable String database, @Nullable UUID layer, String what, String text, List<UUID> snapshots) {
        var json = new LinkedHashMap<String, Object>();
        if (database != null) {
            json.put("database", database);
        }
        if (layer != null) {
            json.put("layer", layer.toString());
        }
        json.put(what, text);
        json.put("snapshots", snapshots.stream().map(UUID::toString).toList());
        return json;
    }
}
