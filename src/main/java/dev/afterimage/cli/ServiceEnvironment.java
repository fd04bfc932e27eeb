package dev.afterimage.cli;

import dev.afterimage.storage.S3Settings;
import java.net.URI;
import java.nio.file.Path;
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
        return variable("S3_" + name).or(() -> variable("S3_" + name.replace("_", "")));
    }
}
