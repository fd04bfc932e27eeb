package dev.afterimage.hook;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is configured to be done before or after backups: a command or an HTTP call, with what belongs to it.
 *
 * @param on after which backups; ALWAYS of what is done before
 * @param command as of a {@link Command}, and so are {@code environment} and {@code workingDirectory}
 * @param url as of an {@link HttpCall}, and so are {@code method} (null for POST), {@code secretFile} and {@code status}
 */
public record AroundBackup(
        @DefaultValue("ALWAYS") On on,
        @DefaultValue("1m") Duration timeout,
        @Nullable List<String> command,
        @DefaultValue Map<String, String> environment,
        @Nullable Path workingDirectory,
        @Nullable URI url,
        HttpCall.@Nullable Method method,
        @Nullable Path secretFile,
        @Nullable Integer status) {

    /** After which backups it is done. */
    public enum On {
        /** Those that SUCCEEDED. */
        SUCCESS,
        /** Those that FAILED or were CANCELLED, also because the service died. */
        FAILURE,
        /** All, also those that go back to the queue to be tried again. */
        ALWAYS
    }

    /** A command, always. */
    public static AroundBackup command(List<String> command, Duration timeout) {
        return new AroundBackup(On.ALWAYS, timeout, command, Map.of(), null, null, null, null, null);
    }

    public AroundBackup {
        environment = Map.copyOf(environment);
    }

    /** @throws IllegalArgumentException when it is neither, or both, or has what belongs to the other; the message says so */
    public Hook hook() {
        if (command != null && url == null && method == null && secretFile == null && status == null) {
            return new Command(command, timeout, environment, workingDirectory);
        }
        if (url != null && command == null && environment.isEmpty() && workingDirectory == null) {
            var given = method == null ? HttpCall.Method.POST : method;
            return new HttpCall(url, given, secretFile, status, timeout);
        }
        throw new IllegalArgumentException("afterimage.hooks: a hook is either a `command`, with `environment` and"
                + " `working-directory`, or a `url`, with `method`, `secret-file` and `status`");
    }
}
