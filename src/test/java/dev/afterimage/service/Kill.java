package dev.afterimage.service;

import java.util.Optional;

/** When the service is killed: work of all kinds is in flight then, and some of it as far as this tells. */
enum Kill {
    /** What a backup has saved is written to a file again, to be checked. */
    RESTORING_TO_CHECK(Moment.RESTORING_TO_CHECK),
    /** A backup makes its copy of the database; a prune has deleted the first manifest, and has others to delete. */
    CAPTURING_AND_DELETING_MANIFESTS(Moment.CAPTURING),
    /** At any moment after the start that found what the last kill had interrupted. Nothing is required before, nor begun anew. */
    WHILE_ALL_IS_DONE_AGAIN(null),
    /** A backup writes to the repository. */
    SAVING(Moment.SAVING),
    /** A prune has deleted the first layer, and has others to delete. */
    DELETING_LAYERS(null),
    /** At any moment after all was begun. */
    ANY(null);

    private final Moment moment;

    Kill(Moment moment) {
        this.moment = moment;
    }

    /** How far the backup is; empty for as far as it may be. */
    Optional<Moment> moment() {
        return Optional.ofNullable(moment);
    }
}
