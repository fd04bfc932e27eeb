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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a check of the repository has looked at, and found.
 *
 * @param layersChecked layers that were read
 * @param layerBytes of these layers
 * @param log what was found in logs
 */
public record RepositoryChecked(
        int layersChecked, long layerBytes, LogCheck.Checked log, List<Damage> damaged, List<Unreadable> unreadable) {

    public RepositoryChecked {
        damaged = List.copyOf(damaged);
        unreadable = List.copyOf(unreadable);
    }

    /** Segments of logs that were read. */
    public int segmentsChecked() {
        return log.segments();
    }

    /** Of all that was read. */
    public long bytesChecked() {
        return layerBytes + log.bytes();
    }

    /** @throws ProblemException of what was found; of damage, where there is some of both */
    void requireNothingFound() {
        if (!damaged.isEmpty()) {
            throw problem(
                    ProblemCode.REPOSITORY_DAMAGED,
                    "what is damaged or missing: %d; first: %s"
                            .formatted(damaged.size(), damaged.getFirst().damage()));
        }
        if (!log.damaged().isEmpty()) {
            var first = log.damaged().getFirst();
            throw problem(
                    ProblemCode.LOG_DAMAGED,
                    "what is damaged or missing of logs: %d; first: of the log of %s the segment of commit %d: %s"
                            .formatted(
                                    log.damaged().size(),
                                    first.database(),
                                    first.segment().firstCommit(),
                                    first.found()));
        }
        var archived = archived();
        if (!archived.isEmpty()
                && unreadable.stream().noneMatch(one -> one.archived().isEmpty())
                && log.unreadable().size() == log.archived().size()) {
            throw problem(ProblemCode.OBJECTS_ARCHIVED, ArchivedObject.text(archived));
        }
        if (!unreadable.isEmpty() || !log.unreadable().isEmpty()) {
            throw problem(
                    ProblemCode.REPOSITORY_UNREADABLE,
                    "what cannot be read: %d; first: %s"
                            .formatted(
                                    unreadable.size() + log.unreadable().size(),
                                    unreadable.isEmpty()
                                            ? log.unreadable().getFirst().found()
                                            : unreadable.getFirst().reason()));
        }
    }

    private List<ArchivedObject> archived() {
        return Stream.concat(unreadable.stream().flatMap(one -> one.archived().stream()), log.archived().stream())
                .distinct()
                .toList();
    }

    private ProblemException problem(ProblemCode code, String found) {
        var properties = new HashMap<String, Object>();
        properties.put("layersChecked", layersChecked);
        properties.put("segmentsChecked", segmentsChecked());
        properties.put("bytesChecked", bytesChecked());
        properties.put(
                "damaged",
                Stream.concat(
                                damaged.stream()
                                        .map(one -> json(
                                                one.database(), one.layer(), "damage", one.damage(), one.snapshots())),
                                log.damaged().stream().map(one -> one.json("damage")))
                        .toList());
        properties.put(
                "unreadable",
                Stream.concat(
                                unreadable.stream()
                                        .map(one -> json(
                                                one.database(), one.layer(), "reason", one.reason(), one.snapshots())),
                                log.unreadable().stream().map(one -> one.json("reason")))
                        .toList());
        var archived = archived();
        if (!archived.isEmpty()) {
            properties.put(
                    ArchivedObject.PROPERTY,
                    archived.stream().map(ArchivedObject::json).toList());
        }
        return new ProblemException(Problem.of(
                code,
                "Looked at all manifests and read %d layers and %d segments of logs, of %d bytes; %s"
                        .formatted(layersChecked, segmentsChecked(), bytesChecked(), found),
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
