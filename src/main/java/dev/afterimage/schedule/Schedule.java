package dev.afterimage.schedule;

/**
 * Work that is to be done with a database again and again.
 *
 * @param inherited whether it is the default, which the database has because it has none of its own
 */
public record Schedule(Timing timing, ScheduledWork work, boolean inherited) {

    /** One of its own. */
    public Schedule(Timing timing, ScheduledWork work) {
        this(timing, work, false);
    }
}
