package dev.afterimage.restore;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.HotJournalSettings;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.Salvaged;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.CheckResult;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.replace.LiveReplace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes a database file of a snapshot, or gives one that is there the content of a snapshot. */
@Component
public class Restore {

    /** How long a locked target is waited for when it is only looked at. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Snapshots snapshots;
    private final Repository repository;
    private final Databases databases;
    private final DatabasePaths paths;
    private final HotJournals hotJournals;
    private final Clock clock;

    Restore(
            Snapshots snapshots,
            Repository repository,
            Databases databases,
            DatabasePaths paths,
            HotJournalSettings hotJournals,
            Clock clock) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.databases = databases;
        this.paths = paths;
        this.hotJournals = HotJournals.settled(hotJournals.settleUnseen());
        this.clock = clock;
    }

    /**
     * Does all that can be done before the target changes: looks at the target, writes the snapshot where it can be put from,
     * proves and checks it. After a failure nothing of it is left.
     *
     * @param jobId names the temporary file beside a target
     * @param check how to have SQLite check what was written, unless it has checked the snapshot so already
     * @param staging a directory for what cannot be beside the target; the caller deletes it
     * @return closed by the caller, put or not
     * @throws TargetException when the target cannot take it
     * @throws ProblemException the same, about a database
     * @throws ProblemException CHECK_FAILED when what was written did not pass its check
     */
    public PreparedRestore prepare(
            UUID jobId, RestoreItem item, Optional<CheckLevel> check, Path staging, PageProgress progress) {
        var snapshot = item.allowDamaged() ? snapshots.get(item.snapshotId()) : snapshots.available(item.snapshotId());
        var target = paths.creatable(item.target().path());
        requireRegisteredAsBefore(item.target());
        var writing = new Writing(snapshot, check, progress);
        return switch (item.target().mode()) {
            case NEW_FILE -> prepareNewFile(jobId, target, writing, item.allowDamaged());
            case REPLACE_FILE -> prepareReplacement(jobId, target, writing);
            case REPLACE_LIVE -> prepare(target, staging, writing);
        };
    }

    /** What was registered where is what the request was understood by, and what is reserved. */
    private void requireRegisteredAsBefore(RestoreTarget target) {
        var registered = databases.at(target.path());
        var expected = target.databaseId();
        boolean same = expected == null
                ? registered.isEmpty()
                : registered.stream().map(Database::id).anyMatch(expected::equals);
        if (!same) {
            throw new TargetException(Problem.of(
                    ProblemCode.TARGET_OTHER_DATABASE,
                    "What is registered at %s has changed since the restore was asked for".formatted(target.path())));
        }
    }

    /** What is to be written, wherever that may be. */
    private record Writing(Snapshot snapshot, Optional<CheckLevel> check, PageProgress progress) {

        /** What SQLite finds depends on the bytes alone, and these are proven to be those that it has seen. */
        Optional<CheckLevel> missingCheck() {
            return check.filter(level -> !snapshot.proof().reaches(Snapshot.Level.valueOf(level.name())));
        }
    }

    private PreparedRestore prepareNewFile(UUID jobId, Path target, Writing writing, boolean allowDamaged) {
        var file = NewFile.open(target, jobId);
        try {
            return prepare(file, writing, allowDamaged);
        } catch (RuntimeException | Error e) {
            try (file) {
                throw e;
            }
        }
    }

    private PreparedRestore prepare(NewFile file, Writing writing, boolean allowDamaged) {
        if (file.isPublished()) { // by an earlier attempt, which died before it could say so
            var sha256 = allowDamaged ? null : writing.snapshot().content().sha256();
            return new PreparedFile(file, new Written(sha256, List.of()), null);
        }
        file.discard();
        file.requireAbsent();
        return besideTarget(file, writing, () -> {
            var salvaged = allowDamaged ? salvage(file, writing) : null;
            var written = salvaged == null ? writeTo(file, writing) : new Written(salvaged.sha256(), List.of());
            var notes = written.notesAnd(giveToTheApplication(file, writing.snapshot()));
            return new PreparedFile(file, new Written(written.sha256(), notes), salvaged);
        });
    }

    /** Nobody checks the file: what is lost is known, and the rest is all that there is. */
    private Salvaged salvage(NewFile file, Writing writing) {
        var snapshot = writing.snapshot();
        var progress = writing.progress().phase("SALVAGING", snapshot.content().pageSize());
        return repository.salvage(snapshot.databaseId(), snapshot.id(), file.create(), progress);
    }

    private PreparedRestore prepareReplacement(UUID jobId, Path target, Writing writing) {
        var replacement = ReplaceFile.open(target, jobId);
        try {
            return prepare(replacement, writing);
        } catch (RuntimeException | Error e) {
            try (replacement) {
                throw e;
            }
        }
    }

    private PreparedRestore prepare(ReplaceFile replacement, Writing writing) {
        if (replacement.recover().isPresent()) {
            var sha256 = writing.snapshot().content().sha256();
            return new PreparedReplacement(replacement, new Written(sha256, List.of()), clock);
        }
        replacement.discard();
        var file = replacement.file();
        ReplaceFile.requireReplaceable(file.target());
        var written = besideTarget(file, writing, () -> writeTo(file, writing));
        return new PreparedReplacement(replacement, written, clock);
    }

    private PreparedRestore prepare(Path target, Path staging, Writing writing) {
        var content = StagedSnapshot.alone(staging.resolve(writing.snapshot().id() + ".db"), Set.of());
        requireReplaceable(target, writing.snapshot());
        Room.requireEnough(roomsToReplaceLive(target, staging, writing.snapshot()));
        try {
            var written = write(writing, SnapshotFile.passing(content.file()), content.file());
            return new PreparedContent(target, content, LiveReplace.of(target, hotJournals), written);
        } catch (RuntimeException | Error e) {
            try (content) {
                throw e;
            }
        }
    }

    /**
     * Sees whether a live database could take the content of a snapshot.
     *
     * @throws TargetException when it could not, seen from outside
     * @throws ProblemException when it could not
     */
    void requireReplaceable(Path live, Snapshot snapshot) {
        ReplaceFile.requireRegularFile(live);
        LiveReplace.requireReplaceable(
                live, header(snapshot), snapshot.content().sizeBytes(), PATIENCE);
    }

    /** Beside the target, what is in the WAL or the journal until the commit; in staging, what is written. */
    static List<Room> roomsToReplaceLive(Path target, Path staging, Snapshot snapshot) {
        long bytes = snapshot.content().sizeBytes();
        var directory = Objects.requireNonNull(target.getParent(), "it is a file");
        return List.of(Room.in(directory, bytes), Room.in(staging, bytes));
    }

    private Written writeTo(NewFile file, Writing writing) {
        return write(writing, SnapshotFile.lasting(file.create()), file.temporary());
    }

    private static <T extends @Nullable Object> T besideTarget(NewFile file, Writing writing, Supplier<T> work) {
        file.requireRoom(writing.snapshot().content().sizeBytes());
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            file.discard();
            throw e;
        }
    }

    /**
     * Each block is proven; who has SQLite check the file besides wants each page, and the whole, proven by digests of their own.
     *
     * @param file into which to write
     * @param name under which SQLite finds it
     * @return what was written
     */
    private Written write(Writing writing, SnapshotFile file, Path name) {
        var snapshot = writing.snapshot();
        var progress = writing.progress().phase("RESTORING", snapshot.content().pageSize());
        var sha256 = snapshot.content().sha256();
        var check = writing.missingCheck();
        List<String> notes;
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            if (check.isPresent()) {
                sha256 = file.prove(reader, progress);
                snapshots.knowSha256(snapshot.id(), sha256);
            } else {
                file.copy(reader, progress);
            }
            notes = notes(reader.copiesRead());
        }
        check.ifPresent(level -> check(writing, name, level));
        return new Written(sha256, notes);
    }

    /**
     * The content of a snapshot, in a file.
     *
     * @param sha256 of the file, hexadecimal; null where it is not known
     * @param notes what the user should know
     */
    record Written(@Nullable String sha256, List<String> notes) {

        Written {
            notes = List.copyOf(notes);
        }

        /** With what is known besides. */
        List<String> notesAnd(List<String> others) {
            return Stream.concat(notes.stream(), others.stream()).toList();
        }
    }

    private static List<String> notes(Set<String> copiesRead) {
        return copiesRead.isEmpty()
                ? List.of()
                : List.of(
                        "Some of the snapshot could not be read in the repository, or was damaged there, and was read from its copy %s; POST /api/v1/repository/checks tells what is wrong"
                                .formatted(String.join(", ", copiesRead)));
    }

    private static void check(Writing writing, Path file, CheckLevel level) {
        var snapshot = writing.snapshot();
        var progress = writing.progress().phase("CHECKING", snapshot.content().pageSize());
        var result = IntegrityCheck.run(file, level, progress);
        if (!result.passed()) {
            throw failedCheck(snapshot.id(), result);
        }
    }

    /** The restored file did not pass its check; it is removed, and the target does not exist. */
    public static ProblemException failedCheck(UUID snapshotId, CheckResult result) {
        return new ProblemException(Problem.of(
                ProblemCode.CHECK_FAILED,
                "The file restored from snapshot %s did not pass its %s check: %s"
                        .formatted(snapshotId, result.level(), String.join("; ", result.messages())),
                "`messages` has what SQLite printed. Nothing was written to the target; use another snapshot. A restore with"
                        + " `\"verify\": \"NONE\"` restores this one as it was captured all the same.",
                Map.of("snapshotId", snapshotId.toString(), "messages", result.messages())));
    }

    /** Of the live database, if it is still there; else nobody but the service may read the file, and the user has to say who may. */
    private List<String> giveToTheApplication(NewFile file, Snapshot snapshot) {
        var live = databases.find(snapshot.databaseId()).map(Database::path);
        try {
            var ownership = live.isPresent() ? Ownership.of(live.get()) : Optional.<Ownership>empty();
            return ownership
                    .map(file::give)
                    .orElseGet(() -> List.of(
                            "The database that it is of is not there to tell who may use the file: only the service may. For its application: chown <user>:<group> "
                                    + Shell.word(file.target())));
        } catch (IOException e) {
            throw new TargetException.Unwritable(file.target(), e);
        }
    }

    /**
     * Counts the changes of the schema until a snapshot; replacing the content of a live database is one, too.
     *
     * @throws dev.afterimage.repository.format.SnapshotDamagedException when what is stored is not what was saved
     */
    public long schemaCookie(Snapshot snapshot) {
        return header(snapshot).schemaCookie();
    }

    /** Each snapshot has one: of a database that is an empty file, captures make one page. */
    private DatabaseHeader header(Snapshot snapshot) {
        var header = ByteBuffer.allocate(DatabaseHeader.SIZE);
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            reader.read(header);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException("nobody else closes it", e);
        }
        return DatabaseHeader.parse(header.flip());
    }

    /**
     * Settles what an attempt left outside of staging whose process died: no temporary file is there, and a file that was being
     * replaced, or the new one, has its place. A new file that is done has a second name until {@link #tidy}.
     *
     * @return what the attempt had done, as far as can be told; empty when the target is as it was, or is a live database
     */
    public Optional<Restored> settle(UUID jobId, RestoreTarget target) {
        if (Files.notExists(target.path().getParent())) {
            return Optional.empty();
        }
        return switch (target.mode()) {
            case NEW_FILE -> settleNewFile(jobId, target.path());
            case REPLACE_FILE -> settleReplacedFile(jobId, target.path());
            case REPLACE_LIVE -> Optional.empty(); // staging is emptied, and SQLite rolls back what was not committed
        };
    }

    private static Optional<Restored> settleNewFile(UUID jobId, Path target) {
        try (var file = NewFile.open(target, jobId)) {
            if (file.isPublished()) { // its second name is the proof of that, until it is noted
                return Optional.of(new Restored(target, null, null, Duration.ZERO, null, List.of()));
            }
            file.discard();
            return Optional.empty();
        }
    }

    /** Removes the second name of a new file, once it is noted that the target is done. */
    public void tidy(UUID jobId, RestoreTarget target) {
        if (target.mode() == TargetMode.NEW_FILE && Files.exists(target.path().getParent())) {
            try (var file = NewFile.open(target.path(), jobId)) {
                file.discard();
            }
        }
    }

    private static Optional<Restored> settleReplacedFile(UUID jobId, Path target) {
        try (var replacement = ReplaceFile.open(target, jobId)) {
            return replacement.abandon().map(old -> new Restored(target, null, old, Duration.ZERO, null, List.of()));
        }
    }
}
