package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.LayerChecks;
import dev.afterimage.repository.objects.Layers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Chooses which layers a check of the repository reads, so that checks of small shares get around to all of them. */
@Component
class LayersToCheck {

    private record Candidate(Layers.Named layer, Instant checkedAt, boolean hasFinding) {}

    private final LayerChecks checks;

    LayersToCheck(LayerChecks checks) {
        this.checks = checks;
    }

    /**
     * The layers whose last check is longest ago, first those that were never checked, until they have that share of all
     * bytes; at least one layer, if there is any. Those that were damaged or unreadable the last time come in addition, so that
     * this is told until it is mended, and keeps no other layer from its turn.
     */
    List<Layers.Named> due(Map<UUID, StoredManifests.OfDatabase> databases, double share) {
        var candidates = databases.entrySet().stream()
                .flatMap(database ->
                        candidates(database.getKey(), database.getValue().present()))
                .sorted(Comparator.comparing(Candidate::checkedAt)
                        .thenComparing(candidate -> candidate.layer().layer().id()))
                .toList();
        double wanted = share
                * candidates.stream()
                        .mapToLong(one -> one.layer().layer().bytes())
                        .sum();
        var due = new ArrayList<Layers.Named>();
        long chosen = 0;
        for (var candidate : candidates) {
            if (candidate.hasFinding()) {
                due.add(candidate.layer());
            } else if (chosen < wanted) {
                due.add(candidate.layer());
                chosen += candidate.layer().layer().bytes();
            }
        }
        return due;
    }

    private Stream<Candidate> candidates(UUID databaseId, List<Layers.Named> there) {
        checks.keepOnly(
                databaseId, there.stream().map(layer -> layer.layer().id()).collect(Collectors.toSet()));
        var checkedAt = checks.checkedAt(databaseId);
        var withFindings = checks.withFindings(databaseId);
        return there.stream().map(layer -> {
            var id = layer.layer().id();
            return new Candidate(layer, checkedAt.getOrDefault(id, Instant.EPOCH), withFindings.contains(id));
        });
    }

    static long bytes(Collection<Layers.Named> layers) {
        return layers.stream().mapToLong(layer -> layer.layer().bytes()).sum();
    }

    /** @param finding damage, or why it could not be read; null for nothing */
    void checked(Layers.Named layer, Instant at, @Nullable String finding) {
        checks.add(layer.databaseId(), layer.layer().id(), at, finding);
    }
}
