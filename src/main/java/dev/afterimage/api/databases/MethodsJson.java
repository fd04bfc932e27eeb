package dev.afterimage.api.databases;

import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.backup.LockHeld;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.Outlook;
import dev.afterimage.backup.Outlooks;
import dev.afterimage.backup.SourceLock;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** By which methods a database could be backed up now, as answers have it. */
@Schema(name = "Methods", description = "By which methods a database could be backed up now")
record MethodsJson(
        @Schema(description = "What AUTO would take") AutoJson auto,

        @Schema(description = "All others") List<MethodJson> methods) {

    /** What AUTO would take. */
    @Schema(name = "MethodOfAuto", description = "What AUTO would take")
    record AutoJson(
            @Schema(description = "Null when it would fail before it can choose", example = "SCAN") @Nullable
            Method method,

            @Schema(description = "Why that one", example = "AUTO takes SCAN wherever it can serve.") @Nullable
            String reason,

            @Schema(description = "Why a backup by AUTO would fail now; null when it could begin") @Nullable
            ProblemJson problem) {}

    /** What a backup by a method would be like. */
    @Schema(name = "Method", description = "What a backup by a method would be like, if it began now")
    record MethodJson(
            @Schema(example = "SCAN") Method method,

            @Schema(description = "Whether a backup could begin; what only the reading of pages can show is not seen")
            boolean possible,

            @Schema(description = "Why not; null when it is possible") @Nullable
            ProblemJson problem,

            @Schema(
                    description =
                            "What is held while the state is needed: NONE; READ, a read transaction; IMMEDIATE, the lock of"
                                    + " a writer; EXCLUSIVE, nobody else reads either. Null when the configuration would have"
                                    + " to tell, and does not")
            @Nullable
            SourceLock lock,

            @Schema(
                    description =
                            "Whether who wants to commit waits meanwhile; readers do for EXCLUSIVE only. Null when that depends on"
                                    + " the journal mode, and it cannot be read")
            @Nullable
            Boolean writersWait,

            @Schema(description = "For how long; null when nothing tells") @Nullable
            LockHeldJson lockHeld) {

        static MethodJson of(Outlook outlook, String instance) {
            return new MethodJson(
                    outlook.method(),
                    outlook.problem() == null,
                    outlook.problem() == null ? null : ProblemJson.of(outlook.problem(), instance),
                    outlook.lock(),
                    outlook.writersWait(),
                    outlook.lockHeld() == null ? null : LockHeldJson.of(outlook.lockHeld()));
        }
    }

    /** For how long nobody else can commit. */
    @Schema(name = "LockHeld", description = "For how long nobody else can commit")
    record LockHeldJson(
            @Schema(example = "12") long millis,

            @Schema(
                    description =
                            "MEASURED: by the last snapshots that the method took of the database in the same journal"
                                    + " mode. ESTIMATED: from the method and the size of the file")
            LockHeld.Basis basis,

            @Schema(example = "The longest time of the newest snapshots that SCAN has taken of changes: 5.")
            String reason) {

        static LockHeldJson of(LockHeld held) {
            return new LockHeldJson(held.millis(), held.basis(), held.reason());
        }
    }

    static MethodsJson of(Outlooks.All all, String instance) {
        var choice = all.choice();
        var problem = all.problem();
        return new MethodsJson(
                new AutoJson(
                        choice == null ? null : choice.method(),
                        choice == null ? null : choice.reason(),
                        problem == null ? null : ProblemJson.of(problem, instance)),
                all.methods().stream()
                        .map(outlook -> MethodJson.of(outlook, instance))
                        .toList());
    }
}
