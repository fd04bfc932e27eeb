package dev.afterimage.cli;

import dev.afterimage.storage.Location;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Which repository a command is about, and what opens it, as the command line says. */
final class RepositoryOptions {

    @Spec(Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--repository",
            paramLabel = "LOCATION",
            description =
                    "The repository: the directory with manifests/ and layers/, such as repository/ in the service's home; or"
                            + " s3://BUCKET/PREFIX or sftp://USER@HOST:PORT/PATH, reached as AFTERIMAGE_REPOSITORY_S3_ENDPOINT,"
                            + " AFTERIMAGE_REPOSITORY_SFTP_HOST_KEYS and the like say."
                            + " Default: AFTERIMAGE_REPOSITORY_LOCATION.")
    private @Nullable Location location;

    @ArgGroup
    private @Nullable Opener opener;

    StoredRepository repository() {
        var given = location;
        return new StoredRepository(given == null ? ofTheService() : given, () -> Opener.secret(opener));
    }

    private Location ofTheService() {
        try {
            return ServiceEnvironment.get("LOCATION")
                    .map(Location::parse)
                    .orElseThrow(
                            () -> new IllegalArgumentException("Missing required option: '--repository=LOCATION'"));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(command).commandLine(), String.valueOf(e.getMessage()));
        }
    }
}
