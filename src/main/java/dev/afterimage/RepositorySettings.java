package dev.afterimage;

import dev.afterimage.catalog.databases.DatabaseRoots;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.sftp.SftpSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What opens the repository, and how to reach it. One that is made with a passphrase or a key file is sealed for ever, one that is made without is not.
 *
 * @param passphrase {@code afterimage.repository.passphrase}: such as from the environment, where no file can be mounted
 * @param passphraseFile {@code afterimage.repository.passphrase-file}: a file with the passphrase; one line end at its end is no part of it
 * @param keyFile {@code afterimage.repository.key-file}: a file with at least 32 random bytes. At most one of the three may be given
 * @param leaseLook {@code afterimage.repository.lease-look}: how often the service looks whether another has taken the repository over
 * @param s3 {@code afterimage.repository.s3}: how to reach a bucket
 * @param sftp {@code afterimage.repository.sftp}: how to reach a server that speaks SFTP
 */
@ConfigurationProperties("afterimage.repository")
record RepositorySettings(
        @Nullable String passphrase,
        @Nullable Path passphraseFile,
        @Nullable Path keyFile,
        Duration leaseLook,
        S3Settings s3,
        SftpSettings sftp) {

    private static final Duration SHORTEST_LOOK = Duration.ofSeconds(1);

    RepositorySettings(
            @Nullable String passphrase,
            @Nullable Path passphraseFile,
            @Nullable Path keyFile,
            @DefaultValue("5m") Duration leaseLook,
            @Nullable S3Settings s3,
            @Nullable SftpSettings sftp) {
        this.passphrase = passphrase;
        this.passphraseFile = passphraseFile;
        this.keyFile = keyFile;
        this.leaseLook = leaseLook;
        this.s3 = s3 == null ? S3Settings.NONE : s3;
        this.sftp = sftp == null ? SftpSettings.NONE : sftp;
        if (leaseLook.compareTo(SHORTEST_LOOK) < 0) {
            throw new IllegalArgumentException("afterimage.repository.lease-look must be at least 1s: " + leaseLook);
        }
        if (Stream.of(
                                Optional.ofNullable(passphrase),
                                Optional.ofNullable(passphraseFile),
                                Optional.ofNullable(keyFile))
                        .filter(Optional::isPresent)
                        .count()
                > 1) {
            throw new IllegalArgumentException(
                    "Of afterimage.repository.passphrase, .passphrase-file and .key-file only one may be given");
        }
    }

    /** @throws StartRefusedException when a file with what opens it is where clients may restore to */
    void requireOutside(DatabaseRoots roots) {
        Stream.of(Optional.ofNullable(passphraseFile), Optional.ofNullable(keyFile))
                .flatMap(Optional::stream)
                .filter(file ->
                        roots.roots().stream().anyMatch(root -> real(file).startsWith(real(root))))
                .findAny()
                .ifPresent(file -> {
                    throw new StartRefusedException(
                            "%s is under afterimage.databases.roots, where it could be backed up or written over"
                                    .formatted(file),
                            "Put the file elsewhere");
                });
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize(); // whoever reads it tells why it cannot be read
        }
    }

    /** As the files are now. Throws REPOSITORY_LOCKED when one cannot be read. */
    Optional<Secret> secret() {
        return passphrase != null
                ? Optional.of(Secret.passphrase(passphrase))
                : passphraseFile != null
                        ? Optional.of(Secret.passphraseFile(passphraseFile))
                        : Optional.ofNullable(keyFile).map(Secret::keyFile);
    }

    /** Not the passphrase. */
    @Override
    public String toString() {
        return "RepositorySettings[…]";
    }
}
