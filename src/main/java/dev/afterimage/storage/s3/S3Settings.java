package dev.afterimage.storage.s3;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a bucket, below {@code afterimage.repository.s3} or {@code afterimage.copies.<name>.s3}. All of them may be left out at AWS, where the
 * environment says the rest.
 *
 * @param endpoint {@code .endpoint}: the address of a service other than AWS, such as {@code https://s3.example.net}
 * @param region {@code .region}: as the SDK finds it when not given; {@code us-east-1} where it finds none and there is an endpoint
 * @param pathStyle {@code .path-style}: whether the bucket is a part of the path instead of the host's name; true when not given where there is
 *     an endpoint
 * @param accessKeyId {@code .access-key-id}: with {@code secret-access-key}; the SDK's chain (environment, profile, container, instance) when not given
 * @param secretAccessKey {@code .secret-access-key}
 * @param accessKeyIdFile {@code .access-key-id-file}: a file with it, read again when it changes
 * @param secretAccessKeyFile {@code .secret-access-key-file}: a file with it, read again when it changes
 * @param storageClass {@code .storage-class}: of new layers, such as {@code STANDARD_IA}; no class that must be thawed before it is read
 * @param serverSideEncryption {@code .server-side-encryption}: {@code AES256} or {@code aws:kms}; as the bucket has it when not given
 * @param kmsKeyId {@code .kms-key-id}: with {@code aws:kms}
 * @param partsAtOnce {@code .parts-at-once}: how many parts of one object are sent at a time, 1 to 16; 4 at AWS and 2 elsewhere when not given
 */
public record S3Settings(
        @Nullable URI endpoint,
        @Nullable String region,
        @Nullable Boolean pathStyle,
        @Nullable String accessKeyId,
        @Nullable String secretAccessKey,
        @Nullable Path accessKeyIdFile,
        @Nullable Path secretAccessKeyFile,
        @Nullable String storageClass,
        @Nullable String serverSideEncryption,
        @Nullable String kmsKeyId,
        @Nullable Integer partsAtOnce) {

    /** What is found without any of them. */
    public static final S3Settings NONE =
            new S3Settings(null, null, null, null, null, null, null, null, null, null, null);

    public S3Settings {
        requireBoth("access-key-id", accessKeyId, "secret-access-key", secretAccessKey);
        requireBoth("access-key-id-file", accessKeyIdFile, "secret-access-key-file", secretAccessKeyFile);
        require(
                accessKeyId == null || accessKeyIdFile == null,
                "of access-key-id and access-key-id-file one is enough");
        require(
                endpoint == null || (endpoint.getHost() != null && ("" + endpoint.getScheme()).matches("https?")),
                "endpoint must be an address such as https://s3.example.net: " + endpoint);
        require(partsAtOnce == null || (partsAtOnce >= 1 && partsAtOnce <= 16), "parts-at-once must be 1 to 16");
        require(kmsKeyId == null || "aws:kms".equals(serverSideEncryption), "kms-key-id needs aws:kms");
        require(
                storageClass == null || !isArchive(storageClass),
                "storage-class must be one that can be read at once: " + storageClass);
    }

    private static boolean isArchive(String storageClass) {
        var name = storageClass.toUpperCase(Locale.ROOT);
        return name.equals("GLACIER") || name.equals("DEEP_ARCHIVE");
    }

    /** Names the one that is missing: as often as not it is there, with a typing error. */
    private static void requireBoth(String one, @Nullable Object first, String other, @Nullable Object second) {
        require(
                (first == null) == (second == null),
                first == null
                        ? other + " is set, and " + one + ", which goes with it, is not"
                        : one + " is set, and " + other + ", which goes with it, is not");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    boolean isAws() {
        return endpoint == null;
    }

    boolean isPathStyle() {
        return Optional.ofNullable(pathStyle).orElse(endpoint != null);
    }

    int parts() {
        return Optional.ofNullable(partsAtOnce).orElse(isAws() ? 4 : 2);
    }

    /** Not the secrets. */
    @Override
    public String toString() {
        return "S3Settings[endpoint=%s, region=%s, pathStyle=%s]".formatted(endpoint, region, isPathStyle());
    }
}
