package dev.afterimage.recovery;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;

import dev.afterimage.catalog.BringingBack;
import dev.afterimage.catalog.CatalogIdentity;
import dev.afterimage.catalog.LostCatalog;
import dev.afterimage.catalog.LostCatalogs;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds the copy of a catalog that was lost, of which the present one is to be made. */
@Component
public class LostCatalogSearch {

    private final Repository repository;
    private final CatalogIdentity identity;
    private final BringingBack bringingBack;
    private final LostCatalogs lostCatalogs;

    public LostCatalogSearch(
            Repository repository, CatalogIdentity identity, BringingBack bringingBack, LostCatalogs lostCatalogs) {
        this.repository = repository;
        this.identity = identity;
        this.bringingBack = bringingBack;
        this.lostCatalogs = lostCatalogs;
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
     * Opens the copy that was asked for, else the one with which was begun, else the newest that can be used of the catalog that was lost;
     * and notes that it is about to be brought back. None is when this catalog has one brought back already: what was removed since must
     * stay removed.
     *
     * @param staging a directory whose content is deleted when the job ends
     * @throws ProblemException CATALOG_COPY_UNUSABLE when the one that was asked for is not there, or cannot be used
     * @throws ProblemException STORAGE_UNREACHABLE when the repository is away, or does not give out a copy: an older one in its place
     *     would bring back what is not so any more
     */
    Found find(RebuildOrder order, Path staging) {
        if (!order.settings()) {
            return new Found(null, null, List.of());
        }
        var passedOver = new ArrayList<Rebuilt.PassedOver>();
        var chosen = choose(order.catalogCopy(), staging, passedOver);
        if (chosen == null) {
            bringingBack.giveUp();
            return new Found(null, null, passedOver);
        }
        bringingBack.begin(chosen.key());
        return new Found(chosen.key(), chosen.catalog(), passedOver);
    }

    private record Opened(String key, LostCatalog catalog) {}

    private @Nullable Opened choose(@Nullable String wanted, Path staging, List<Rebuilt.PassedOver> passedOver) {
        var all = repository.catalogObjects().list();
        if (wanted != null) {
            return openWanted(wanted, all, staging);
        }
        var begun = bringingBack.begun();
        if (begun.isEmpty()) {
            return bringingBack.ended() ? null : openThatKnowsMost(all, staging, passedOver);
        }
        var again = openFirst(named(begun.get(), all).stream().toList(), staging, passedOver);
        return again != null ? again : openThatKnowsMost(all, staging, passedOver);
    }

    private Opened openWanted(String key, List<CatalogObject> all, Path staging) {
        var copy = named(key, all).orElseThrow(() -> unusable(key, "it is not there"));
        try {
            return open(copy, staging);
        } catch (IllegalArgumentException e) {
            throw unusable(key, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<CatalogObject> named(String key, List<CatalogObject> all) {
        return all.stream().filter(copy -> copy.key().equals(key)).findFirst();
    }

    /**
     * A home that was begun with after the loss, and thrown away, has left copies that are newer and have next to nothing: of several
     * catalogs the one counts that knew most of the snapshots that are there.
     */
    private @Nullable Opened openThatKnowsMost(
            List<CatalogObject> all, Path staging, List<Rebuilt.PassedOver> passedOver) {
        var own = identity.id();
        var catalogs = all.stream()
                .filter(copy -> !copy.catalogId().equals(own))
                .collect(groupingBy(CatalogObject::catalogId, LinkedHashMap::new, toList()));
        var snapshots = catalogs.size() > 1 ? snapshots() : Set.<UUID>of();
        Opened best = null;
        int most = -1;
        try {
            for (var copies : catalogs.values()) {
                var opened = openFirst(copies, staging, passedOver);
                int known = opened == null ? -1 : opened.catalog().knows(snapshots);
                if (known > most) {
                    close(best);
                    best = opened;
                    most = known;
                } else {
                    close(opened);
                }
            }
            return best;
        } catch (RuntimeException e) {
            close(best);
            throw e;
        }
    }

    private static void close(@Nullable Opened opened) {
        if (opened != null) {
            opened.catalog().close();
        }
    }

    private Set<UUID> snapshots() {
        return repository.databases().stream()
                .flatMap(id -> repository.snapshotIds(id).stream())
                .collect(toSet());
    }

    private @Nullable Opened openFirst(
            List<CatalogObject> candidates, Path staging, List<Rebuilt.PassedOver> passedOver) {
        for (var candidate : candidates) {
            try {
                return open(candidate, staging);
            } catch (IllegalArgumentException e) {
                var one = new Rebuilt.PassedOver(candidate.key(), String.valueOf(e.getMessage()));
                if (!passedOver.contains(one)) {
                    passedOver.add(one);
                }
            }
        }
        return null;
    }

    /** @throws IllegalArgumentException when it cannot be used; the message says why */
    private Opened open(CatalogObject copy, Path staging) {
        switch (repository.catalogObjects().condition(copy)) {
            case ObjectCondition.Whole whole -> {}
            case ObjectCondition.Damaged damaged -> throw new IllegalArgumentException(damaged.found());
            case ObjectCondition.Unreadable unreadable -> throw unreadable(copy.key(), unreadable.reason());
        }
        var file = staging.resolve("catalog-" + copy.sha256());
        try {
            Files.deleteIfExists(file); // the same under another time
            Files.createFile(file);
            repository.catalogObjects().fetch(copy, file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
        return new Opened(copy.key(), lostCatalogs.open(file));
    }

    private static ProblemException unusable(String key, String why) {
        return new ProblemException(Problem.of(
                ProblemCode.CATALOG_COPY_UNUSABLE, "Copy %s of the catalog cannot be used: %s".formatted(key, why)));
    }

    private static ProblemException unreadable(String key, String why) {
        return new ProblemException(Problem.of(
                ProblemCode.STORAGE_UNREACHABLE,
                "Copy %s of the catalog cannot be read: %s".formatted(key, why),
                "Let the service read it, and the job goes on; or cancel the job, and name an older one as catalogCopy.",
                Map.of()));
    }
}
