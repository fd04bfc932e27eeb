package dev.afterimage.storage.sftp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a server that speaks SFTP, below {@code afterimage.repository.sftp} or {@code afterimage.copies.<name>.sftp}. A way to log in is needed,
 * and what the server's key is.
 *
 * @param privateKeyFile {@code .private-key-file}: a private key as {@code ssh-keygen} writes it, read again with each connection
 * @param privateKeyPassphraseFile {@code .private-key-passphrase-file}: a file with what opens it, where it is encrypted
 * @param password {@code .password}: for servers that take no keys
 * @param passwordFile {@code .password-file}: a file with it; one line end at its end is no part of it
 * @param hostKeys {@code .host-keys}: fingerprints of the server's keys such as {@code SHA256:…}, as {@code ssh-keygen -l} shows them; one is enough
 * @param knownHostsFile {@code .known-hosts-file}: a file such as {@code ~/.ssh/known_hosts}, instead of fingerprints
 * @param channels {@code .channels}: how many conversations the one connection has at most, 1 to 8; 2 when not given
 * @param timeout {@code .timeout}: how long to wait for each answer, 1s to 10m; 15s when not given
 */
public record SftpSettings(
        @Nullable Path privateKeyFile,
        @Nullable Path privateKeyPassphraseFile,
        @Nullable String password,
        @Nullable Path passwordFile,
        List<String> hostKeys,
        @Nullable Path knownHostsFile,
        @Nullable Integer channels,
        Duration timeout) {

    private static final int DEFAULT_CHANNELS = 2;
    private static final int MOST_CHANNELS = 8;
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration LEAST_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration MOST_TIMEOUT = Duration.ofMinutes(10);
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");

    /** With which no server is reached. */
    public static final SftpSettings NONE = new SftpSettings(null, null, null, null, null, null, null, null);

    public SftpSettings(
            @Nullable Path privateKeyFile,
            @Nullable Path privateKeyPassphraseFile,
            @Nullable String password,
            @Nullable Path passwordFile,
            @Nullable List<String> hostKeys,
            @Nullable Path knownHostsFile,
            @Nullable Integer channels,
            @Nullable Duration timeout) {
        this.privateKeyFile = privateKeyFile;
        this.privateKeyPassphraseFile = privateKeyPassphraseFile;
        this.password = password;
        this.passwordFile = passwordFile;
        this.hostKeys = hostKeys == null
                ? List.of()
                : hostKeys.stream().map(SftpSettings::fingerprint).toList();
        this.knownHostsFile = knownHostsFile;
        this.channels = channels;
        this.timeout = timeout == null ? DEFAULT_TIMEOUT : timeout;
        require(password == null || passwordFile == null, "of password and password-file one is enough");
        require(
                privateKeyPassphraseFile == null || privateKeyFile != null,
                "private-key-passphrase-file needs private-key-file");
        require(this.hostKeys.isEmpty() || knownHostsFile == null, "of host-keys and known-hosts-file one is enough");
        require(
                channels == null || (channels >= 1 && channels <= MOST_CHANNELS),
                "channels must be 1 to " + MOST_CHANNELS);
        require(
                this.timeout.compareTo(LEAST_TIMEOUT) >= 0 && this.timeout.compareTo(MOST_TIMEOUT) <= 0,
                "timeout must be 1s to 10m");
    }

    private static String fingerprint(String text) {
        var fingerprint = text.strip().replaceAll("=$", "");
        require(
                FINGERPRINT.matcher(fingerprint).matches(),
                "host-keys are fingerprints such as ssh-keygen -l shows, SHA256: and 43 letters: " + text);
        return fingerprint;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    int mostChannels() {
        return Optional.ofNullable(channels).orElse(DEFAULT_CHANNELS);
    }

    /** As the file is now; nothing when none is given. */
    Optional<String> currentPassword() throws IOException {
        return passwordFile == null
                ? Optional.ofNullable(password)
                : Optional.of(Files.readString(passwordFile).replaceAll("\\r?\\n\\z", ""));
    }

    /** Not the password. */
    @Override
    public String toString() {
        return "SftpSettings[privateKeyFile=%s, hostKeys=%s, knownHostsFile=%s]"
                .formatted(privateKeyFile, hostKeys, knownHostsFile);
    }
}
