package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.hook.During;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The operator's commands that run while backups hold databases. */
@Component
public class CommandsUnderLock {

    private final HookSettings settings;
    private final Node node;

    CommandsUnderLock(HookSettings settings, Node node) {
        this.settings = settings;
        this.node = node;
    }

    /** Those of one try of a job; none has run yet. */
    public JobCommands ofJob(UUID jobId) {
        return new JobCommands(jobId, this::of, node.id());
    }

    /**
     * The one of a database; empty where none is configured.
     *
     * @throws ProblemException HOOK_FAILED when its labels say different things
     */
    private Optional<Chosen<During>> of(Database database) {
        return settings.during(database.name(), database.labels());
    }

    /**
     * Sees, when a method is asked for, what need not wait for the job to be told.
     *
     * @throws ProblemException METHOD_NOT_POSSIBLE when a command is configured for the database, and the method cannot hold it meanwhile
     * @throws ProblemException HOOK_FAILED when the labels of the database say different things
     */
    void requirePossible(Method method, Database database) {
        of(database).ifPresent(how -> requireHolding(method, how, database));
    }

    static void requireHolding(Method method, Chosen<During> how, Database database) {
        switch (method) {
            case AUTO, SCAN, LOCKED_COPY, FILESYSTEM_SNAPSHOT -> {}
            case ONLINE, VACUUM ->
                throw new ProblemException(Problem.of(
                        ProblemCode.METHOD_NOT_POSSIBLE,
                        ("'%s' cannot be captured by this method: afterimage.hooks.%s.during runs under a lock, and the"
                                        + " method cannot capture what is locked")
                                .formatted(database.name(), how.key()),
                        "Use method AUTO, SCAN or LOCKED_COPY; or FILESYSTEM_SNAPSHOT, where that is configured."));
        }
    }
}
