package dev.afterimage.recovery;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.catalog.snapshots.SnapshotChecks;
import dev.afterimage.catalog.snapshots.SnapshotNotFoundException;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.lifecycle.StartStep;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.FoundRepository;
import dev.afterimage.repository.Repository;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The repository that the catalog is about, told by its id. A new catalog makes one where there is none. From then on no other
 * is used, and none is made, unless somebody says so: what lies in its place may be an empty mount point, or another disk.
 */
@Component
public class AdoptedRepository extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(AdoptedRepository.class);

    /** Of the checks that an adoption leaves with the snapshots that are not in the adopted repository. */
    private static final String LEVEL = "REPOSITORY";

    private final Repository repository;
    private final Adoptions adoptions;
    private final SnapshotTotals totals;
    private final Snapshots snapshots;
    private final SnapshotChecks checks;
    private final Clock clock;

    public AdoptedRepository(
            Repository repository,
            Adoptions adoptions,
            SnapshotTotals totals,
            Snapshots snapshots,
            SnapshotChecks checks,
            Clock clock) {
        super(0); // before anything is looked for in it
        this.repository = repository;
        this.adoptions = adoptions;
        this.totals = totals;
        this.snapshots = snapshots;
        this.checks = checks;
        this.clock = clock;
    }

    /** A repository that is away is no reason not to start: it may be mounted later. One that cannot be opened is: nobody mounts a passphrase. */
    @Override
    protected void take() {
        try {
            require();
            if (!repository.hasAtomicPuts()) {
                log.warn(
                        "The storage gives one name to several that want it at once: nothing but this service may write to the repository");
            }
            repository.requireWritable();
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.REPOSITORY_HELD) {
                return; // it can be read, and whoever has found that out has told the log
            }
            if (e.code() == ProblemCode.REPOSITORY_LOCKED || e.code() == ProblemCode.KEY_TOO_WEAK) {
                throw new StartRefusedException(
                        e.problem().detail(), withoutPeriod(e.problem().hint()));
            }
            log.warn("{}; jobs wait for it. {}", e.getMessage(), e.problem().hint());
        }
    }

    private static String withoutPeriod(String sentence) {
        return sentence.substring(0, sentence.length() - 1);
    }

    /** Why it cannot be used at present; nothing when it can. */
    public Optional<Problem> whyAway() {
        try {
            repository.requirePresence();
            return Optional.empty();
        } catch (ProblemException e) {
            return Optional.of(e.problem());
        }
    }

    /** The names of its copies that are there: from these snapshots are read while it is away. */
    public List<String> copiesThere() {
        return repository.copiesThere();
    }

    /** How many snapshots were read with the help of a copy, since the start. */
    public long readsOf(String copy) {
        return repository.copyReads().of(copy);
    }

    /**
     * When copies had to help somebody who read a snapshot.
     *
     * @param copies their names
     */
    public record Helped(List<String> copies, Instant at) {}

    /** The last time since the start. */
    public Optional<Helped> lastHelp() {
        return repository
                .copyReads()
                .last()
                .map(last -> new Helped(last.copies().stream().sorted().toList(), last.at()));
    }

    /** Why this service writes nothing to it, as far as that was seen: another one does. Costs nothing. */
    public Optional<Problem> whyHeld() {
        return repository.whyHeld();
    }

    /**
     * Makes sure that it is there, and makes it if this is what is left to do of the first start.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when it is not, or another is in its place
     */
    public void require() {
        if (adoptions.current().isEmpty()) {
            makeFirst();
        }
        repository.requirePresence();
    }

    /**
     * The same, and that this service may write to it.
     *
     * @throws ProblemException REPOSITORY_HELD when another does
     */
    public void requireWritable() {
        require();
        repository.requireWritable();
    }

    /**
     * Makes sure that it is there, or a copy of it, from which snapshots can be read.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when neither is
     */
    public void requireReadable() {
        if (adoptions.current().isEmpty()) {
            makeFirst();
        }
        repository.requireReadable();
    }

    /** Only where nothing is yet: what is there already belongs to a catalog that was lost, and is adopted when somebody says so. */
    private synchronized void makeFirst() {
        var found = repository.found();
        var begun = adoptions.begun();
        if (adoptions.current().isPresent()) {
            return; // by another thread just now
        }
        if (begun.isPresent() && found.id().equals(begun)) {
            adoptions.adopt(begun.get()); // the process died between the next lines
        } else if (found.id().isEmpty()
                && (found.isEmpty() || begun.filter(found::isBegun).isPresent())) {
            var id = begun.orElseGet(UUID::randomUUID);
            if (begun.isEmpty()) {
                adoptions.begin(id);
            }
            if (found.identify(id)) {
                adoptions.adopt(id);
                log.info("Made repository {}", id);
            }
        }
    }

    /**
     * What an adoption did.
     *
     * @param missing snapshots that the catalog knows and the repository has not got; they are now quarantined
     */
    public record Adopted(UUID id, int missing) {}

    /**
     * Makes the catalog be about the repository that is there now. One that has no id yet gets this one, be it empty or not.
     *
     * @param force also when it lacks snapshots that the catalog knows
     * @throws ProblemException REPOSITORY_NOT_ADOPTABLE when it has another id, or lacks snapshots; nothing has changed then
     * @throws ProblemException REPOSITORY_LOCKED when it is sealed, and what is configured does not open it; nothing has changed then
     * @throws ProblemException STORAGE_UNREACHABLE when it cannot be looked at, or cannot be given an id
     */
    public synchronized Adopted adopt(UUID id, boolean force) {
        var found = repository.found();
        found.id().filter(other -> !other.equals(id)).ifPresent(other -> {
            throw another(id, other);
        });
        var missing = missing(found);
        if (!missing.isEmpty() && !force) {
            throw new ProblemException(Problem.of(
                    ProblemCode.REPOSITORY_NOT_ADOPTABLE,
                    "The repository that would be adopted as %s lacks %d of the snapshots that the catalog knows"
                            .formatted(id, missing.size()),
                    Map.of("missing", missing.size())));
        }
        if (found.id().isEmpty() && !found.identify(id)) {
            throw another(id, found.id().orElseThrow());
        }
        found.requireOpens();
        // Dying here, or in the next lines, leaves a repository that can be adopted by the same call. No snapshot
        // that it lacks counts as good once it is adopted.
        missing.forEach(snapshotId -> quarantine(snapshotId, id));
        adoptions.adopt(id);
        repository.forget();
        log.info("Adopted repository {}, which lacks {} snapshots of the catalog", id, missing.size());
        lookWhoWrites();
        return new Adopted(id, missing.size());
    }

    /** Else nobody is told before the first backup that another service writes to it. */
    private void lookWhoWrites() {
        try {
            repository.requireWritable();
        } catch (ProblemException e) { // it is adopted all the same, and can be read
            log.warn("{}", e.getMessage());
        }
    }

    private List<UUID> missing(FoundRepository found) {
        return totals.all().stream()
                .filter(total -> total.snapshots() > 0)
                .flatMap(total -> missing(total.databaseId(), found))
                .toList();
    }

    private Stream<UUID> missing(UUID databaseId, FoundRepository found) {
        var there = found.snapshotIds(databaseId);
        return snapshots.ids(databaseId).stream().filter(id -> !there.contains(id));
    }

    /** A FULL check lifts it when the snapshot is there after all, such as after its own repository was adopted again. */
    private void quarantine(UUID snapshotId, UUID repositoryId) {
        var now = clock.instant();
        var message = "manifest: it is not in repository " + repositoryId + ", which was adopted";
        var check = new SnapshotCheck(TimeOrderedId.next(clock), snapshotId, LEVEL, false, now, now, List.of(message));
        try {
            checks.add(check);
        } catch (SnapshotNotFoundException deletedMeanwhile) {
            // It is not missed.
        }
    }

    private static ProblemException another(UUID wanted, UUID found) {
        return new ProblemException(Problem.of(
                ProblemCode.REPOSITORY_NOT_ADOPTABLE,
                "The repository that is there is %s, not %s".formatted(found, wanted),
                Map.of("found", found.toString())));
    }
}
