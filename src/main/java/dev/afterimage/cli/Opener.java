package dev.afterimage.cli;

import dev.afterimage.repository.seal.Secret;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What opens a sealed repository, as the command line says. */
final class Opener {

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description =
                    "A file with a passphrase of a sealed repository. Default: AFTERIMAGE_REPOSITORY_PASSPHRASE_FILE,"
                            + " or the passphrase in AFTERIMAGE_REPOSITORY_PASSPHRASE.")
    private @Nullable Path passphraseFile;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "A key file of a sealed repository. Default: AFTERIMAGE_REPOSITORY_KEY_FILE.")
    private @Nullable Path keyFile;

    /** What the command line says, else what the service's environment does. Throws REPOSITORY_LOCKED when a file cannot be read. */
    static Optional<Secret> secret(@Nullable Opener given) {
        if (given != null) {
            return given.passphraseFile != null
                    ? Optional.of(Secret.passphraseFile(given.passphraseFile))
                    : Optional.ofNullable(given.keyFile).map(Secret::keyFile);
        }
        return ServiceEnvironment.get("PASSPHRASE")
                .map(Secret::passphrase)
                .or(() -> ServiceEnvironment.path("PASSPHRASE_FILE").map(Secret::passphraseFile))
                .or(() -> ServiceEnvironment.path("KEY_FILE").map(Secret::keyFile));
    }
}
