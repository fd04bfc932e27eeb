package dev.afterimage.api.jobs;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What a job made or found; fields that its kind does not have are absent. */
@Schema(name = "JobResult", description = "What a job made or found; only the fields that jobs of its kind have")
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobResultJson(
        @Schema(description = "Of a BACKUP, IMPORT, CHECK, DRILL or RESTORE") @Nullable
        String snapshotId,

        @Schema(
                description =
                        "Of a RESTORE or DRILL of a database that is followed: the last commit that is in what was restored; absent where"
                                + " that is not known",
                example = "42")
        @Nullable
        Long commit,

        @Schema(description = "Of a RESTORE or DRILL: when `commit` was taken") @Nullable
        Instant at,

        @Schema(description = "Of a CHECK") @Nullable String checkId,

        @Schema(
                description = "Of a CHECK or DRILL: the copy of the repository that alone was read",
                example = "offsite")
        @Nullable
        String from,

        @Schema(description = "Of a DRILL: how long the restore took, with the proof of each stored byte") @Nullable
        Long restoreMillis,

        @Schema(description = "Of a DRILL: how long SQLite's check of the restored file took") @Nullable
        Long checkMillis,

        @Schema(description = "Of a DRILL: size of the restored file") @Nullable
        Long bytes,

        @Schema(description = "The file that a RESTORE made or replaced") @Nullable
        String path,

        @Schema(description = "What a RESTORE did with what was at the path") @Nullable
        TargetMode mode,

        @Schema(
                description = "Of the snapshot's file, which a RESTORE made, hexadecimal. A file that was replaced by"
                        + " REPLACE_LIVE has another, because its header keeps the counters of its own")
        @Nullable
        String sha256,

        @Schema(
                description = "Of a RESTORE by REPLACE_FILE: the folder with the files that were replaced, which are"
                        + " exactly the state before")
        @Nullable
        String oldFiles,

        @Schema(
                description =
                        "Of a RESTORE: the snapshot of the state before; restore it to undo the restore. By REPLACE_LIVE it is"
                                + " exactly that state; by REPLACE_FILE it was taken shortly before, see `oldFiles`")
        @Nullable
        String safetySnapshot,

        @Schema(description = "Of a RESTORE by REPLACE_LIVE: for how long others could not write at most") @Nullable
        Long lockHeldMillis,

        @Schema(
                description =
                        "Of a RESTORE with `allowDamaged`: the pages, by number, that could not be proven, and are all"
                                + " zeros in the file; empty when none are")
        @Nullable
        List<Pages> lostPages,

        @Schema(description = "Of a RESTORE, or of a backup whose hook failed after it: what the operator should know")
        @Nullable
        List<String> notes,

        @Schema(description = "Of a GROUP_RESTORE: the result of each restore") @Nullable
        List<JobResultJson> restored,

        @Schema(description = "Of a GROUP_BACKUP or GROUP_RESTORE: what its snapshots share") @Nullable
        String groupId,

        @Schema(description = "Of a GROUP_BACKUP: the snapshots by the names of their databases") @Nullable
        Map<String, String> snapshotIds,

        @Schema(
                description =
                        "Of a GROUP_BACKUP: whether all its snapshots are of one moment; false when writers were too"
                                + " fast for that, and `notes` of the snapshots say how far they may be apart")
        @Nullable
        Boolean oneMoment,

        @Schema(description = "Of a BACKUP or GROUP_BACKUP: the commands that ran under its locks") @Nullable
        List<UnderLock> during,

        @Schema(description = "Of a REPOSITORY_CHECK: layers that were read") @Nullable
        Long layersChecked,

        @Schema(description = "Of a REPOSITORY_CHECK: segments of logs that were read") @Nullable
        Long segmentsChecked,

        @Schema(description = "Of a REPOSITORY_CHECK: bytes of these layers and segments") @Nullable
        Long bytesChecked,

        @Schema(description = "Of a REBUILD: databases that were not known, and are registered now") @Nullable
        List<Adopted> databases,

        @Schema(description = "Of a REBUILD: how many snapshots were not known, and are now") @Nullable
        Long snapshotsAdded,

        @Schema(description = "Of a REBUILD: manifests that cannot be read") @Nullable
        List<Unreadable> unreadable,

        @Schema(description = "Of a REBUILD: snapshots that are known, and whose manifest is gone") @Nullable
        List<UUID> missing,

        @Schema(
                description =
                        "Of a REBUILD: what was set in a catalog that was lost, and is again; absent when there was no copy")
        @Nullable
        BroughtBack broughtBack,

        @Schema(description = "Of a REBUILD: newer copies of a catalog that cannot be used") @Nullable
        List<PassedOver> passedOver,

        @Schema(
                description =
                        "Of a PRUNE or REPAIR: whether nothing was changed, and the numbers are what would be done")
        @Nullable
        Boolean dryRun,

        @Schema(description = "Of a COPY: which copy of the repository", example = "offsite") @Nullable
        String copy,

        @Schema(description = "Of a COPY: how many snapshots the copy has now and had not before") @Nullable
        Long snapshotsCopied,

        @Schema(description = "Of a COPY: layers that were sent") @Nullable
        Long layersCopied,

        @Schema(description = "Of a COPY: segments of the logs of followed databases that were sent") @Nullable
        Long segmentsCopied,

        @Schema(description = "Of a COPY: bytes of layers and segments that were read and proven to be sent") @Nullable
        Long bytesCopied,

        @Schema(description = "Of a COPY: snapshots that the copy keeps although they were deleted from the repository")
        @Nullable
        Long keptBeyond,

        @Schema(description = "Of a REPAIR: what was put back into the repository, by the copies that had it") @Nullable
        List<FromCopy> repaired,

        @Schema(description = "Of a REPAIR: snapshots whose manifests were put back") @Nullable
        List<UUID> snapshotsBroughtBack,

        @Schema(description = "Of a REPAIR: snapshots that were QUARANTINED, and are not any more") @Nullable
        List<UUID> snapshotsMended,

        @Schema(
                description =
                        "Of a REPAIR with `dryRun`: what is damaged or missing, and no copy has whole. When it is no dry"
                                + " run, the job FAILED with REPOSITORY_DAMAGED, and its problem has the same")
        @Nullable
        List<StillDamaged> damaged,

        @Schema(description = "Of a REPAIR: copies that could not be read, by name, and why") @Nullable
        Map<String, String> copiesAway,

        @Schema(description = "Of a PRUNE or COPY: how many snapshots went") @Nullable
        Long snapshotsDeleted,

        @Schema(description = "Of a PRUNE: how many snapshots stay, of the databases that it looked at") @Nullable
        Long kept,

        @Schema(
                description =
                        "Of a PRUNE: bytes of the manifests of those that went, and of layers that no other snapshot"
                                + " needs; of a dry run an estimate, because a backup may come to need some of them")
        @Nullable
        Long bytesFreed,

        @Schema(
                description =
                        "Of a PRUNE: bytes of layers that no snapshot named before, such as crashes leave; 0 in a dry"
                                + " run")
        @Nullable
        Long bytesSwept,

        @Schema(
                description =
                        "Of a PRUNE: bytes that snapshots need less than before, because layers that they only have"
                                + " together became one; 0 in a dry run")
        @Nullable
        Long bytesCompacted,

        @Schema(
                description =
                        "Of a PRUNE: bytes that no snapshot needs any more, and that are still there: they go when"
                                + " `afterimage.storage.delete-grace` is over")
        @Nullable
        Long bytesWaiting) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What a repair has put back from one copy. */
    @Schema(name = "RepairedFromCopy", description = "What a repair has put back from one copy of the repository")
    record FromCopy(
            @Schema(example = "offsite") String copy,
            @Schema(example = "3") long objects,
            @Schema(example = "1048576") long bytes) {}

    /** What a repair could not put back. */
    @Schema(
            name = "StillDamaged",
            description = "An object of the repository that is damaged or missing, and that no copy has whole")
    record StillDamaged(
            @Schema(description = "Null of a key or a copy of the catalog", example = "orders") @Nullable
            String database,

            @Schema(description = "Its key on the storage") String object,
            @Schema(example = "it is missing") String damage,

            @Schema(description = "That cannot be restored without it")
            List<UUID> snapshots) {}

    /** A command that ran under a lock. */
    @Schema(name = "CommandUnderLock", description = "A command that ran, and ended with 0, while a backup held a lock")
    record UnderLock(
            @Schema(description = "The database's name, or the label, under which it is configured", example = "orders")
            String configured,

            @Schema(description = "READ, IMMEDIATE or EXCLUSIVE", example = "IMMEDIATE")
            String lock,

            @Schema(
                    description = "From before the command began until the databases were captured, and let go",
                    example = "412")
            long lockHeldMillis,

            @Schema(description = "The last 4 KiB of what it has printed")
            String output) {}

    /** Pages that follow each other. */
    @Schema(name = "PageRange", description = "Pages that follow each other, by number from 1")
    record Pages(
            @Schema(example = "7") long first,
            @Schema(example = "9") long last) {}

    /** What a rebuild brought back from a copy of the catalog. */
    @Schema(
            name = "BroughtBack",
            description =
                    "From which copy of a lost catalog a rebuild brought back what was set, and how much was not there")
    record BroughtBack(
            @Schema(description = "As GET /api/v1/repository/catalog-copies names it")
            String copy,

            @Schema(example = "2026-03-01T02:03:04.567Z") Instant takenAt,

            Settings settings) {

        /** How many of each. */
        @Schema(
                name = "BroughtBackSettings",
                description = "How many of each were not there and are now, and which tokens")
        record Settings(
                @Schema(example = "2") int retentionPolicies,

                @Schema(description = "Of backups and drills", example = "3")
                int schedules,

                @Schema(example = "1") int heartbeats,
                @Schema(example = "1") int webhooks,

                @Schema(description = "That are accepted again; none unless the request said so")
                List<Token> tokens) {}

        /** One that is accepted again. */
        @Schema(name = "BroughtBackToken", description = "A token that a rebuild brought back")
        record Token(
                UUID id,
                @Schema(example = "nightly") String name,
                @Schema(example = "OPERATE") String scope) {}
    }

    /** A copy of a catalog that a rebuild could not use. */
    @Schema(name = "PassedOverCopy", description = "A copy of a catalog that a rebuild could not use")
    record PassedOver(
            String copy, @Schema(example = "it is missing") String reason) {}

    /** A database that a rebuild registered. */
    @Schema(name = "AdoptedDatabase", description = "A database that a rebuild registered")
    record Adopted(
            UUID id,

            @Schema(description = "Under which it is registered", example = "orders")
            String name,

            @Schema(description = "Another one than `name` when that was taken", example = "orders")
            String nameInRepository,

            @Schema(description = "Of the file when it was last captured", example = "/srv/orders/orders.db")
            String path) {}

    /** A manifest that cannot be read. */
    @Schema(name = "UnreadableManifest", description = "A manifest that cannot be read")
    record Unreadable(
            @Schema(description = "Its key in the storage") String manifest,
            @Schema(description = "Why") String reason) {}

    static JobResultJson of(Map<String, Object> result) {
        return JSON.convertValue(result, JobResultJson.class);
    }
}
