package dev.afterimage.api.fields;

import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A state of a database, as paths name it: a snapshot by its id, and a moment of a database that is followed by the database's name with a
 * time, such as {@code orders@2026-01-31T12:00:00Z}, or with the number of a commit, such as {@code orders@42}.
 */
public sealed interface StateName {

    String EXPECTED =
            "must be a UUID, or a moment of a database that is followed, such as orders@2026-01-31T12:00:00Z or orders@42";

    Pattern MOMENT = Pattern.compile("(?<database>[a-z0-9][a-z0-9._-]*)@(?:(?<commit>\\d{1,18})|(?<time>.*T.*))");

    /** A snapshot. */
    record OfSnapshot(UUID id) implements StateName {
        @Override
        public String toString() {
            return id.toString();
        }
    }

    /** What the last commit until a time has left. */
    record AtTime(String database, Instant time) implements StateName {
        @Override
        public String toString() {
            return database + "@" + time;
        }
    }

    /** What a commit has left. */
    record AfterCommit(String database, long commit) implements StateName {
        @Override
        public String toString() {
            return database + "@" + commit;
        }
    }

    /** @throws IllegalArgumentException when it is none */
    static StateName parse(String text) {
        var moment = MOMENT.matcher(text);
        if (!moment.matches()) {
            return new OfSnapshot(IdText.parse(text));
        }
        var database = moment.group("database");
        var commit = moment.group("commit");
        return commit == null
                ? new AtTime(database, TimeText.parse(moment.group("time")))
                : new AfterCommit(database, Long.parseLong(commit));
    }
}
