package dev.afterimage.recovery;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.CatalogCopy;
import dev.afterimage.catalog.CatalogIdentity;
import dev.afterimage.catalog.LostCatalog;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.repository.objects.LayerCondition;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds the copy of a catalog that was lost, of which the present one is to be made. */
@Component
public class LostCatalogSearch {

    private final Repository repository;
    private final CatalogIdentity identity;
    private final Catalog catalog;
    private final Databases databases;
    private final Node node;

    public LostCatalogSearch(
            Repository repository, CatalogIdentity identity, Catalog catalog, Databases databases, Node node) {
        this.repository = repository;
        this.identity = identity;
        this.catalog = catalog;
        this.databases = databases;
        this.node = node;
    }

    /**
     * What was found.
     *
     * @param key of the copy; null where there is none
     * @param catalog the same, opened
     * @param passedOver newer ones that cannot be used
     */
    record Found(@Nullable String key, @Nullable LostCatalog catalog, List<Rebuilt.PassedOver> passedOver)
            implements AutoCloseable {

        @Override
        public void close() {
            if (catalog != null) {
                catalog.close();
            }
        }
    }

    /**
     * Opens the copy that was asked for, or the newest that can be used, and notes that it is about to be brought back. None is when
     * this catalog has one brought back already: what was removed since must stay removed.
     *
     * @param staging a directory whose content is deleted when the job ends
     * @throws ProblemException CATALOG_COPY_UNUSABLE when the one that was asked for is not there, or cannot be used
     * @throws dev.afterimage.problem.ProblemException when the repository is away
     */
    Found find(RebuildOrder order, Path staging) {
        var passedOver = new ArrayList<Rebuilt.PassedOver>();
        for (var candidate : candidates(order)) {
            try {
                var copy = open(candidate, staging);
                identity.begin(candidate.key());
                return new Found(
                        candidate.key(), new LostCatalog(copy, catalog, identity, databases, node), passedOver);
            } catch (IllegalArgumentException unusable) {
                if (order.catalogCopy() != null) {
                    throw unusable(candidate.key(), String.valueOf(unusable.getMessage()));
                }
                passedOver.add(new Rebuilt.PassedOver(candidate.key(), String.valueOf(unusable.getMessage())));
            }
        }
        identity.giveUp();
        return new Found(null, null, passedOver);
    }

    private List<CatalogObject> candidates(RebuildOrder order) {
        if (!order.settings()) {
            return List.of();
        }
        var all = repository.catalogObjects().list();
        var wanted = order.catalogCopy();
        if (wanted != null) {
            return List.of(named(wanted, all).orElseThrow(() -> unusable(wanted, "it is not there")));
        }
        if (identity.begun().isEmpty() && identity.hasBroughtBack()) {
            return List.of();
        }
        var own = identity.id();
        var candidates = new ArrayList<CatalogObject>();
        identity.begun().flatMap(begun -> named(begun, all)).ifPresent(candidates::add);
        all.stream()
                .filter(copy -> !copy.catalogId().equals(own) && !candidates.contains(copy))
                .forEach(candidates::add);
        return candidates;
    }

    private static Optional<CatalogObject> named(String key, List<CatalogObject> all) {
        return all.stream().filter(copy -> copy.key().equals(key)).findFirst();
    }

    /** @throws IllegalArgumentException when it cannot be used; the message says why */
    private CatalogCopy open(CatalogObject candidate, Path staging) {
        switch (repository.catalogObjects().condition(candidate)) {
            case LayerCondition.Whole whole -> {}
            case LayerCondition.Damaged damaged -> throw new IllegalArgumentException(damaged.found());
            case LayerCondition.Unreadable unreadable -> throw new IllegalArgumentException(unreadable.reason());
        }
        var file = staging.resolve("catalog-%s-%d"
                .formatted(candidate.catalogId(), candidate.takenAt().toEpochMilli()));
        try {
            Files.deleteIfExists(file); // one of another kind with the same time
            Files.createFile(file);
            repository.catalogObjects().fetch(candidate, file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
        var copy = CatalogCopy.open(file);
        if (copy.facts().schema() > identity.schema()) {
            copy.close();
            throw new IllegalArgumentException("it was taken by a newer Afterimage (schema V%d)"
                    .formatted(copy.facts().schema()));
        }
        return copy;
    }

    private static ProblemException unusable(String key, String why) {
        return new ProblemException(Problem.of(
                ProblemCode.CATALOG_COPY_UNUSABLE, "Copy %s of the catalog cannot be used: %s".formatted(key, why)));
    }
}
