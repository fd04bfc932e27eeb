package dev.afterimage.restore;

import dev.afterimage.catalog.Node;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.DatabaseFacts;
import dev.afterimage.sqlite.Holder;
import dev.afterimage.sqlite.Holders;
import dev.afterimage.sqlite.Schema;
import dev.afterimage.sqlite.SchemaDifference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Looks what restores would do, without doing it. */
@Component
public class RestorePreviews {

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
     * Looks at one restore. Where there is something to compare the snapshot with, it is written to the staging directory while
     * this lasts.
     *
     * @throws dev.afterimage.catalog.SnapshotNotFoundException when there is no such snapshot any more
     */
    public RestorePreview of(RestoreItem item) {
        var snapshot = snapshots.get(item.snapshotId());
        var path = item.target().path();
        var obstacles = new ArrayList<Problem>();
        var rooms = rooms(item, snapshot);
        rooms.forEach(room -> attempt(() -> requireEnough(room), obstacles));
        attempt(() -> requireFit(item, snapshot), obstacles);
        boolean there = item.target().mode() != TargetMode.NEW_FILE;
        var holders = there ? attempt(() -> Holders.of(path), obstacles) : null;
        var present = there ? attempt(() -> DatabaseFacts.read(path), obstacles) : null;
        var difference = present == null ? null : attempt(() -> difference(path, snapshot), obstacles);
        return new RestorePreview(
                item,
                snapshot.content().sizeBytes(),
                present,
                rooms,
                Objects.requireNonNullElse(holders, List.<Holder>of()),
                difference,
                obstacles.stream().distinct().toList());
    }

    /** Of REPLACE_LIVE also what is in the WAL or the journal until the commit, and what is read back. */
    private List<Room> rooms(RestoreItem item, Snapshot snapshot) {
        long bytes = snapshot.content().sizeBytes();
        var beside = Room.in(Objects.requireNonNull(item.target().path().getParent(), "it is a file"), bytes);
        return switch (item.target().mode()) {
            case NEW_FILE, REPLACE_FILE -> List.of(beside);
            case REPLACE_LIVE -> List.of(beside, Room.in(staging, Restore.COPIES_IN_STAGING * bytes));
        };
    }

    private static <T> @Nullable T attempt(Supplier<@Nullable T> look, List<Problem> obstacles) {
        try {
            return look.get();
        } catch (ProblemException e) {
            obstacles.add(e.problem());
            return null;
        }
    }

    private static @Nullable Void requireEnough(Room room) {
        room.requireEnough();
        return null;
    }

    private @Nullable Void requireFit(RestoreItem item, Snapshot snapshot) {
        var path = item.target().path();
        switch (item.target().mode()) {
            case NEW_FILE -> NewFile.requireAbsent(path);
            case REPLACE_FILE ->
                ReplaceFile.of(path, UUID.randomUUID())
                        .requireReplaceable(snapshot.content().sizeBytes());
            case REPLACE_LIVE -> restore.requireReplaceable(path, snapshot);
        }
        return null;
    }

    private SchemaDifference difference(Path live, Snapshot snapshot) {
        try (var file = staged.stage(snapshot)) {
            return SchemaDifference.between(Schema.ofLive(live, Restore.PATIENCE), Schema.of(file.file()));
        }
    }
}
