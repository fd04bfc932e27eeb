package dev.afterimage.cli;

import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.sftp.SftpSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The variables by which the service is told of its repository, so that commands in the same environment need not be told again. */
final class ServiceEnvironment {

    private static final String PREFIX = "AFTERIMAGE_REPOSITORY_";

    private ServiceEnvironment() {}

    /** One that is empty is none. A name of several words is found without the lines between them, too, as the service finds it. */
    static Optional<String> get(String name) {
        return variable(name).or(() -> variable(name.replace("_", "")));
    }

    private static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(PREFIX + name)).filter(value -> !value.isEmpty());
    }

    static Optional<Path> path(String name) {
        return get(name).map(Path::of);
    }

    /** How to reach a bucket. What is not said is found as the SDK of AWS finds it. */
    static S3Settings s3() {
        return new S3Settings(
                s3("ENDPOINT").map(URI::create).orElse(null),
                s3("REGION").orElse(null),
                s3("PATH_STYLE").map(Boolean::valueOf).orElse(null),
                s3("ACCESS_KEY_ID").orElse(null),
                s3("SECRET_ACCESS_KEY").orElse(null),
                s3("ACCESS_KEY_ID_FILE").map(Path::of).orElse(null),
                s3("SECRET_ACCESS_KEY_FILE").map(Path::of).orElse(null),
                s3("STORAGE_CLASS").orElse(null),
                s3("SERVER_SIDE_ENCRYPTION").orElse(null),
                s3("KMS_KEY_ID").orElse(null),
                s3("PARTS_AT_ONCE").map(Integer::valueOf).orElse(null));
    }

    private static Optional<String> s3(String name) {
        return below("S3_", name);
    }

    /** How to reach a server that speaks SFTP. */
    static SftpSettings sftp() {
        return new SftpSettings(
                sftp("PRIVATE_KEY_FILE").map(Path::of).orElse(null),
                sftp("PRIVATE_KEY_PASSPHRASE_FILE").map(Path::of).orElse(null),
                sftp("PASSWORD").orElse(null),
                sftp("PASSWORD_FILE").map(Path::of).orElse(null),
                sftp("HOST_KEYS").map(keys -> List.of(keys.split(","))).orElse(null),
                sftp("KNOWN_HOSTS_FILE").map(Path::of).orElse(null),
                sftp("CHANNELS").map(Integer::valueOf).orElse(null),
                sftp("TIMEOUT").map(ServiceEnvironment::duration).orElse(null));
    }

    /** Such as {@code 15s}, or {@code PT15S}. */
    private static Duration duration(String text) {
        return Duration.parse(text.startsWith("P") ? text : "PT" + text);
    }

    private static Optional<String> sftp(String name) {
        return below("SFTP_", name);
    }

    private static Optional<String> below(String prefix, String name) {
        return variable(prefix + name).or(() -> variable(prefix + name.replace("_", "")));
    }
}
