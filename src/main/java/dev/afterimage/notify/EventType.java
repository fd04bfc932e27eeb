package dev.afterimage.notify;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;

/** What can be told. */
public enum EventType {
    BACKUP_SUCCEEDED("backup.succeeded"),
    BACKUP_FAILED("backup.failed"),
    CHECK_FAILED("check.failed"),
    DRILL_FAILED("drill.failed"),
    RESTORE_SUCCEEDED("restore.succeeded"),
    RESTORE_FAILED("restore.failed"),
    PRUNED("pruned"),
    DATABASE_STALE("database.stale"),
    DATABASE_RECOVERED("database.recovered"),
    DATABASE_COLLAPSED("database.collapsed"),
    TEST("test");

    private final String text;

    EventType(String text) {
        this.text = text;
    }

    /** Empty for what only another version knows. */
    static Optional<EventType> find(String text) {
        return Arrays.stream(values()).filter(type -> type.text.equals(text)).findFirst();
    }

    /** As requests, headers and the catalog have it. */
    @JsonValue
    @Override
    public String toString() {
        return text;
    }
}
