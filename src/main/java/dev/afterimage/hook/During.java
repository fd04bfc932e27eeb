package dev.afterimage.hook;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A command that runs while a backup holds a lock, such as a copy by another tool. The snapshot is of the very state that it could read.
 *
 * @param lock that is held meanwhile
 * @param command as of a {@link Command}, and so are the others. It lasts until all that it has started has ended
 */
public record During(
        Lock lock,
        List<String> command,
        @DefaultValue("1m") Duration timeout,
        @DefaultValue Map<String, String> environment,
        @Nullable Path workingDirectory) {

    /** What the lock keeps others from. */
    public enum Lock {
        /** That of a reader keeps the state: in WAL mode nobody waits, in rollback-journal mode nobody commits. */
        READ,
        /** That of a writer: nobody commits, in both modes. */
        IMMEDIATE,
        /**
         * Nobody else reads or commits; in WAL mode nobody else is connected. An application that stays connected in WAL mode keeps it from being had,
         * since each connection has a lock there.
         */
        EXCLUSIVE
    }

    public During {
        if (lock == null) {
            throw new IllegalArgumentException(
                    "afterimage.hooks: `during` needs a `lock`: READ, IMMEDIATE or EXCLUSIVE");
        }
        var run = new Command(command, timeout, environment, workingDirectory);
        command = run.command();
        environment = run.environment();
    }

    public Command run() {
        return new Command(command, timeout, environment, workingDirectory);
    }
}
