package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import dev.afterimage.api.fields.IdText;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.problem.ProblemException;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Refuses what does not exist for a caller who is limited to some databases, in the words in which it is refused to everybody
 * when there is no such thing. An id that is none passes: the operation refuses it, whoever calls.
 */
@Component
class Existence {

    private final Databases databases;
    private final Snapshots snapshots;
    private final Jobs jobs;

    Existence(Databases databases, Snapshots snapshots, Jobs jobs) {
        this.databases = databases;
        this.snapshots = snapshots;
        this.jobs = jobs;
    }

    /** @throws ProblemException DATABASE_NOT_FOUND when it does not exist for the caller */
    void ofDatabase(@Nullable String name, Caller caller) {
        databases.get(Objects.requireNonNull(name), caller.visible());
    }

    /**
     * @param id of a snapshot, or a moment
     * @throws dev.afterimage.catalog.snapshots.SnapshotNotFoundException when it does not exist for the caller
     * @throws ProblemException DATABASE_NOT_FOUND when it is a moment of a database that does not
     */
    void ofSnapshot(@Nullable String id, Caller caller) {
        if (id == null) {
            return;
        }
        StateName name;
        try {
            name = StateName.parse(id);
        } catch (IllegalArgumentException e) {
            return;
        }
        switch (name) {
            case StateName.OfSnapshot(var snapshot) -> snapshots.get(snapshot, caller.visible());
            case StateName.AtTime moment -> databases.get(moment.database(), caller.visible());
            case StateName.AfterCommit moment -> databases.get(moment.database(), caller.visible());
        }
    }

    /** @throws ProblemException SNAPSHOT_NOT_FOUND when one of its snapshots does not exist for the caller */
    void ofGroup(@Nullable String id, Caller caller) {
        withId(id, groupId -> {
            if (!snapshots.wholeGroup(groupId, caller.visible())) {
                throw Snapshots.noGroup(groupId);
            }
        });
    }

    /** @throws ProblemException JOB_NOT_FOUND when one of its databases does not exist for the caller */
    void ofJob(@Nullable String id, Caller caller) {
        withId(id, jobId -> jobs.get(jobId, caller.visible()));
    }

    private static void withId(@Nullable String text, Consumer<UUID> check) {
        if (text == null) {
            return;
        }
        UUID id;
        try {
            id = IdText.parse(text);
        } catch (IllegalArgumentException e) {
            return;
        }
        check.accept(id);
    }
}
