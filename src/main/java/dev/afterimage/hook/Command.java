package dev.afterimage.hook;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A command of the operator.
 *
 * @param command the program and its arguments, as they are: no shell reads them
 * @param timeout after which it is killed, with all that it has started, and has failed
 * @param environment variables that it gets beside those of the service and those that tell of the backup
 * @param workingDirectory that it runs in; null for the service's own
 */
public record Command(
        List<String> command,
        @DefaultValue("1m") Duration timeout,
        @DefaultValue Map<String, String> environment,
        @Nullable Path workingDirectory)
        implements Hook {

    public Command {
        if (command == null || command.isEmpty() || !timeout.isPositive()) {
            throw new IllegalArgumentException("a hook needs a command, and a timeout above zero");
        }
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        environment.forEach(Command::requireVariable);
    }

    private static void requireVariable(String name, String value) {
        if (name.contains("=") || (name + value).indexOf('\0') >= 0) {
            throw new IllegalArgumentException("`environment` of a hook has a variable that cannot be: " + name);
        }
    }

    @Override
    public String title() {
        return command.getFirst();
    }
}
