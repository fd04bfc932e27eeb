package dev.afterimage.schedule;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.afterimage.backup.Method;
import dev.afterimage.check.Assertion;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.sqlite.check.CheckLevel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is done when a schedule is due, as it is kept in the catalog. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ScheduledWork.Backup.class, name = "BACKUP"),
    @JsonSubTypes.Type(value = ScheduledWork.Drill.class, name = "DRILL")
})
public sealed interface ScheduledWork {

    /**
     * A backup.
     *
     * @param skipUnchanged whether to make none while the newest snapshot provably is the database's state
     * @param labels of the snapshots
     */
    record Backup(Method method, VerifyLevel verify, boolean skipUnchanged, Map<String, String> labels)
            implements ScheduledWork {}

    /**
     * A restore to staging, as a proof.
     *
     * @param copy of the repository that alone is read; null for the repository alone
     */
    record Drill(
            DrillChoice choice, CheckLevel level, @Nullable String copy, List<Assertion> assertions)
            implements ScheduledWork {
        public Drill {
            assertions = List.copyOf(assertions);
        }
    }

    default ScheduleKind kind() {
        return switch (this) {
            case Backup backup -> ScheduleKind.BACKUP;
            case Drill drill -> ScheduleKind.DRILL;
        };
    }
}
