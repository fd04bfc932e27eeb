package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.follow.Moment;
import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.repository.write.SnapshotWriter;
import dev.afterimage.sqlite.SqliteVersion;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.Extent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A snapshot that is being made, invisible until it is published. Closing it unpublished leaves nothing. */
final class Draft implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Draft.class);

    private final Database database;
    private final ParentState parent;
    private final SnapshotWriter writer;
    private final String node;
    private final List<String> notes;
    private final @Nullable Baseline baseline;

    /** @param baseline with which the new snapshot is compared; null when there is none */
    Draft(
            Database database,
            ParentState parent,
            SnapshotWriter writer,
            String node,
            List<String> notes,
            @Nullable Baseline baseline) {
        this.database = database;
        this.parent = parent;
        this.writer = writer;
        this.node = node;
        this.notes = notes;
        this.baseline = baseline;
    }

    SnapshotWriter writer() {
        return writer;
    }

    /** Of the snapshot that it builds on, by which a capture may find out that nothing has changed since. */
    @Nullable
    String stateMark() {
        return parent.trustedMark();
    }

    /** The same, by which the pages of a capture may tell what has changed. */
    @Nullable
    String markBefore() {
        return parent.mark();
    }

    /** @param groupId of the group backup that it belongs to; null for none */
    Manifest publish(UUID snapshotId, @Nullable UUID groupId, Map<String, String> labels, Captured captured) {
        return publish(snapshotId, groupId, labels, captured, List.of());
    }

    /** The same while the database is locked for it: what can be done later is not done. */
    Manifest publishLocked(UUID snapshotId, Map<String, String> labels, Captured captured) {
        var published = writer.publishUnmerged(snapshot(snapshotId, null, labels, captured, List.of()));
        noteHashesFailure();
        return published;
    }

    /** @param more notes */
    Manifest publish(
            UUID snapshotId, @Nullable UUID groupId, Map<String, String> labels, Captured captured, List<String> more) {
        var published = writer.publish(snapshot(snapshotId, groupId, labels, captured, more));
        noteHashesFailure();
        return published;
    }

    private NewSnapshot snapshot(
            UUID snapshotId, @Nullable UUID groupId, Map<String, String> labels, Captured captured, List<String> more) {
        var collapse = baseline == null
                ? null
                : baseline.collapsedTo(captured.capture().extent());
        var all = Stream.of(
                        notes,
                        more,
                        notesOnOverlooked(),
                        notesOn(collapse, captured.capture().extent()))
                .flatMap(List::stream)
                .toList();
        return new NewSnapshot(
                snapshotId,
                database.id(),
                database.name(),
                captured.capture().pinnedAt(),
                groupId,
                labels,
                captured.facts(database, node, all, collapse));
    }

    private void noteHashesFailure() {
        writer.hashesFailure()
                .ifPresent(e -> log.warn(
                        "The hashes of the pages of '{}' could not be kept, so its next backup digests all of them: {}",
                        database.name(),
                        e.toString()));
    }

    private List<String> notesOnOverlooked() {
        var overlooked = writer.overlooked()
                .map(found ->
                        ("%d of the pages had changed although the hashes that this node keeps of them, or the WAL, said that they had not."
                                        + " This snapshot has them; earlier ones, since %s, may have older versions of them.")
                                .formatted(found.pages(), found.since()));
        overlooked.ifPresent(note -> log.warn("'{}': {}", database.name(), note));
        return overlooked.stream().toList();
    }

    /**
     * The same of a file that was captured elsewhere, or before.
     *
     * @param journalMode that the file says
     * @param extent of what it holds; null where that cannot be told
     * @param locked whether it is a copy of the database as it is now, which is locked meanwhile: what can be done later is then not done
     */
    Manifest publish(ImportPlan plan, JournalMode journalMode, @Nullable Extent extent, boolean locked) {
        var collapse = collapse(plan, extent, locked);
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
                Stream.of(plan.notes(), notes, notesOn(collapse, extent))
                        .flatMap(List::stream)
                        .toList(),
                null,
                extent,
                collapse,
                null);
        var snapshot = new NewSnapshot(
                plan.snapshotId(), database.id(), database.name(), plan.createdAt(), null, plan.labels(), facts);
        return locked ? writer.publishUnmerged(snapshot) : writer.publish(snapshot);
    }

    /**
     * The same of a state that was made of the log.
     *
     * @param extent of what it holds; null where nobody has counted
     */
    Manifest publish(
            UUID snapshotId,
            Map<String, String> labels,
            Instant createdAt,
            String requested,
            String reason,
            Moment moment,
            @Nullable Extent extent) {
        var collapse =
                extent == null || baseline == null || baseline.createdAt().isAfter(createdAt)
                        ? null
                        : baseline.collapsedTo(extent);
        var facts = new CaptureFacts(
                LogSnapshots.METHOD,
                requested,
                reason,
                JournalMode.WAL,
                0,
                0,
                0,
                database.path().toString(),
                node,
                SqliteVersion.ofLibrary(),
                notesOn(collapse, extent),
                null,
                extent,
                collapse,
                CaptureFacts.LogSpan.of(moment.chain(), moment.commit(), moment.takenAt()));
        return writer.publish(
                new NewSnapshot(snapshotId, database.id(), database.name(), createdAt, null, labels, facts));
    }

    /** An old backup that takes its place among others says nothing of what has become of the database since. */
    private CaptureFacts.@Nullable Collapse collapse(ImportPlan plan, @Nullable Extent extent, boolean locked) {
        return extent != null
                        && baseline != null
                        && (locked || baseline.createdAt().isBefore(plan.createdAt()))
                ? baseline.collapsedTo(extent)
                : null;
    }

    private static List<String> notesOn(CaptureFacts.@Nullable Collapse collapse, @Nullable Extent extent) {
        return collapse == null || extent == null ? List.of() : List.of(Baseline.note(collapse, extent));
    }

    @Override
    public void close() {
        writer.close();
    }
}
