package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemException;
import org.springframework.stereotype.Component;

/** By which methods databases can be captured, as far as the configuration tells. */
@Component
public class Methods {

    private final Freezing freezing;
    private final CommandsUnderLock commands;

    Methods(Freezing freezing, CommandsUnderLock commands) {
        this.freezing = freezing;
        this.commands = commands;
    }

    /**
     * Sees, when a method is asked for, what need not wait for the job to be told.
     *
     * @throws ProblemException METHOD_NOT_POSSIBLE when it is not configured for the database, or cannot hold it while a command runs
     * @throws ProblemException HOOK_FAILED when the labels of the database say different things
     */
    public void requirePossible(Method method, Database database) {
        freezing.requirePossible(method, database);
        commands.requirePossible(method, database);
    }
}
