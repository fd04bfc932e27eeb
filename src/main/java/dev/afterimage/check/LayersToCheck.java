package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.LayerChecks;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Repository.StoredLayer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Chooses which layers a check of the repository reads, so that checks of small shares get around to all of them. */
@Component
class LayersToCheck {

    private record Candidate(StoredLayer layer, Instant checkedAt, boolean hasFinding) {}

    private final Repository repository;
    private final LayerChecks checks;

    LayersToCheck(Repository repository, LayerChecks checks) {
        this.repository = repository;
        this.checks = checks;
    }

    /**
     * The layers whose last check is longest ago, first those that were never checked, until they have that share of all
     * bytes; at least one layer, if there is any. Those that were damaged or unreadable the last time come in addition, so that
     * this is told until it is mended, and keeps no other layer from its turn.
     */
    List<StoredLayer> due(Collection<UUID> databases, double share) {
        var candidates = databases.stream()
                .flatMap(this::candidates)
                .sorted(Comparator.comparing(Candidate::checkedAt)
                        .thenComparing(candidate -> candidate.layer().id()))
                .toList();
        double wanted = share
                * candidates.stream().mapToLong(one -> one.layer().bytes()).sum();
        var due = new ArrayList<StoredLayer>();
        long chosen = 0;
        for (var candidate : candidates) {
            if (candidate.hasFinding()) {
                due.add(candidate.layer());
            } else if (chosen < wanted) {
                due.add(candidate.layer());
                chosen += candidate.layer().bytes();
            }
        }
        return due;
    }

    private Stream<Candidate> candidates(UUID databaseId) {
        var stored = repository.layers(databaseId);
        checks.keepOnly(databaseId, stored.stream().map(StoredLayer::id).collect(Collectors.toSet()));
        var checkedAt = checks.checkedAt(databaseId);
        var withFindings = checks.withFindings(databaseId);
        return stored.stream()
                .map(layer -> new Candidate(
                        layer, checkedAt.getOrDefault(layer.id(), Instant.EPOCH), withFindings.contains(layer.id())));
    }

    static long bytes(Collection<StoredLayer> layers) {
        return layers.stream().mapToLong(StoredLayer::bytes).sum();
    }

    /** @param finding damage, or why it could not be read; null for nothing */
    void checked(StoredLayer layer, Instant at, @Nullable String finding) {
        checks.add(layer.databaseId(), layer.id(), at, finding);
    }
}
