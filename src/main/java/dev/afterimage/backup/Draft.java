package dev.afterimage.backup;

import dev.afterimage.catalog.Database;
import dev.afterimage.repository.CaptureFacts;
import dev.afterimage.repository.Manifest;
import dev.afterimage.repository.NewSnapshot;
import dev.afterimage.repository.SnapshotWriter;
import dev.afterimage.sqlite.JournalMode;
import dev.afterimage.sqlite.SqliteVersion;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A snapshot that is being made, invisible until it is published. Closing it unpublished leaves nothing. */
final class Draft implements AutoCloseable {

    private final Database database;
    private final @Nullable String stateMark;
    private final SnapshotWriter writer;
    private final String node;
    private final List<String> notes;

    Draft(Database database, @Nullable String stateMark, SnapshotWriter writer, String node, List<String> notes) {
        this.database = database;
        this.stateMark = stateMark;
        this.writer = writer;
        this.node = node;
        this.notes = notes;
    }

    SnapshotWriter writer() {
        return writer;
    }

    /** Of the snapshot that it builds on, by which a capture may find out that nothing has changed since. */
    @Nullable
    String stateMark() {
        return stateMark;
    }

    /** @param groupId of the group backup that it belongs to; null for none */
    Manifest publish(UUID snapshotId, @Nullable UUID groupId, Map<String, String> labels, Captured captured) {
        return publish(snapshotId, groupId, labels, captured, List.of());
    }

    /** @param more notes */
    Manifest publish(
            UUID snapshotId, @Nullable UUID groupId, Map<String, String> labels, Captured captured, List<String> more) {
        var all = Stream.concat(notes.stream(), more.stream()).toList();
        return writer.publish(new NewSnapshot(
                snapshotId,
                database.id(),
                database.name(),
                captured.capture().pinnedAt(),
                groupId,
                labels,
                captured.facts(database, node, all)));
    }

    /**
     * The same of a file that was captured elsewhere, or before.
     *
     * @param journalMode that the file says
     */
    Manifest publish(ImportPlan plan, JournalMode journalMode) {
        var facts = new CaptureFacts(
                Import.METHOD,
                Import.METHOD,
                null,
                journalMode,
                0,
                0,
                0,
                database.path().toString(),
                node,
                SqliteVersion.ofLibrary(),
                Stream.concat(plan.notes().stream(), notes.stream()).toList(),
                null);
        return writer.publish(new NewSnapshot(
                plan.snapshotId(), database.id(), database.name(), plan.createdAt(), null, plan.labels(), facts));
    }

    @Override
    public void close() {
        writer.close();
    }
}
