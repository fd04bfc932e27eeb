package dev.afterimage.storage.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Keys out of two files, read again when these change: who rotates keys does not restart services. */
final class S3Credentials implements AwsCredentialsProvider {

    private final Path idFile;
    private final Path secretFile;
    private @Nullable FileTime changedAt;
    private @Nullable AwsCredentials credentials;

    private S3Credentials(Path idFile, Path secretFile) {
        this.idFile = idFile;
        this.secretFile = secretFile;
    }

    /** What the settings say; else the SDK looks into the environment, profiles, and what its container or machine offers. */
    static AwsCredentialsProvider of(S3Settings settings) {
        if (settings.accessKeyIdFile() != null && settings.secretAccessKeyFile() != null) {
            return new S3Credentials(settings.accessKeyIdFile(), settings.secretAccessKeyFile());
        }
        return settings.accessKeyId() != null && settings.secretAccessKey() != null
                ? StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(settings.accessKeyId(), settings.secretAccessKey()))
                : DefaultCredentialsProvider.builder().build();
    }

    @Override
    public synchronized AwsCredentials resolveCredentials() {
        try {
            var id = Files.getLastModifiedTime(idFile);
            var secret = Files.getLastModifiedTime(secretFile);
            var now = id.compareTo(secret) > 0 ? id : secret;
            if (credentials == null || !now.equals(changedAt)) {
                credentials = AwsBasicCredentials.create(
                        Files.readString(idFile).strip(),
                        Files.readString(secretFile).strip());
                changedAt = now;
            }
            return Objects.requireNonNull(credentials);
        } catch (IOException e) {
            throw SdkClientException.create("The access key cannot be read: " + e, e);
        }
    }
}
