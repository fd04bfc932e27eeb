package dev.afterimage.restore;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.content.Schema;
import dev.afterimage.content.SchemaDifference;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.Holders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Looks what restores would do, without doing it. */
@Component
public class RestorePreviews {

    /** Bytes of the largest database whose writers are kept waiting while its rows are counted. */
    static final long MOST_KEPT_WAITING_FOR = 256L << 20;

    private final Snapshots snapshots;
    private final Restore restore;
    private final StagedSnapshots staged;
    private final Path staging;

    RestorePreviews(Snapshots snapshots, Restore restore, StagedSnapshots staged, Node node) {
        this.snapshots = snapshots;
        this.restore = restore;
        this.staged = staged;
        this.staging = node.staging();
    }

    /**
     * Looks at one restore. Where there is something to compare the snapshot with, it is staged.
     *
     * @param followed whether the target is a database that is followed
     * @throws dev.afterimage.catalog.snapshots.SnapshotNotFoundException when there is no such snapshot any more
     * @throws SnapshotGoneException the same, of the repository
     * @throws SnapshotDamagedException when what is stored is not what was saved
     */
    public RestorePreview of(RestoreItem item, boolean followed) {
        var snapshot = snapshots.get(item.snapshotId());
        var path = item.target().path();
        var notes = new ArrayList<String>();
        var rooms = rooms(item, snapshot);
        boolean there = item.target().mode() != TargetMode.NEW_FILE;
        var present = there ? look(() -> DatabaseFacts.read(path), notes) : null;
        return new RestorePreview(
                item,
                snapshot.log(),
                snapshot.content().sizeBytes(),
                present,
                rooms,
                there ? Holders.of(path) : List.of(),
                present == null ? null : difference(present, path, snapshot, notes),
                obstacles(item, followed, snapshot, rooms),
                notes);
    }

    /**
     * Why one restore would fail or have to wait, as far as that is seen without reading the snapshot.
     *
     * @param followed whether the target is a database that is followed
     * @throws dev.afterimage.catalog.snapshots.SnapshotNotFoundException when there is no such snapshot any more
     */
    public List<Problem> obstacles(RestoreItem item, boolean followed) {
        var snapshot = snapshots.get(item.snapshotId());
        return obstacles(item, followed, snapshot, rooms(item, snapshot));
    }

    private List<Problem> obstacles(RestoreItem item, boolean followed, Snapshot snapshot, List<Room> rooms) {
        var obstacles = new ArrayList<Problem>();
        require(() -> Room.requireEnough(rooms), obstacles);
        require(() -> requireFit(item, followed, snapshot), obstacles);
        return obstacles.stream().distinct().toList();
    }

    private List<Room> rooms(RestoreItem item, Snapshot snapshot) {
        var path = item.target().path();
        return switch (item.target().mode()) {
            case NEW_FILE, REPLACE_FILE ->
                List.of(Room.in(
                        Objects.requireNonNull(path.getParent(), "it is a file"),
                        snapshot.content().sizeBytes()));
            case REPLACE_LIVE -> Restore.roomsToReplaceLive(path, staging, snapshot);
        };
    }

    private static void require(Runnable requirement, List<Problem> obstacles) {
        try {
            requirement.run();
        } catch (SnapshotDamagedException | SnapshotGoneException e) {
            throw e; // it is the snapshot that is wrong, whatever the target: whoever answers has it quarantined
        } catch (ProblemException e) {
            obstacles.add(e.problem());
        }
    }

    private void requireFit(RestoreItem item, boolean followed, Snapshot snapshot) {
        var path = item.target().path();
        switch (item.target().mode()) {
            case NEW_FILE -> NewFile.requireAbsent(path);
            case REPLACE_FILE -> {
                if (followed) {
                    ReplaceFile.requireReplaceableByUs(path);
                } else {
                    ReplaceFile.requireReplaceable(path);
                }
            }
            case REPLACE_LIVE -> restore.requireReplaceable(path, snapshot);
        }
    }

    private static <T> @Nullable T look(Supplier<T> look, List<String> notes) {
        try {
            return look.get();
        } catch (SnapshotDamagedException | SnapshotGoneException e) {
            throw e;
        } catch (ProblemException e) {
            notes.add(e.problem().detail());
            return null;
        }
    }

    /** Rows are counted in one moment of the target, and in rollback mode nobody can commit to it until the end of that. */
    private @Nullable SchemaDifference difference(
            DatabaseFacts present, Path live, Snapshot snapshot, List<String> notes) {
        if (present.journalMode() == JournalMode.ROLLBACK && present.sizeBytes() > MOST_KEPT_WAITING_FOR) {
            notes.add(
                    "%s is not compared: it is in rollback-journal mode and has more than %d MiB, so that counting its"
                                    .formatted(live, MOST_KEPT_WAITING_FOR >> 20)
                            + " rows would keep its writers waiting for long");
            return null;
        }
        return look(() -> compare(live, snapshot), notes);
    }

    private SchemaDifference compare(Path live, Snapshot snapshot) {
        try (var file = staged.stage(snapshot, null)) {
            return SchemaDifference.between(Schema.ofLive(live, Restore.PATIENCE), Schema.of(file.file()));
        }
    }
}
