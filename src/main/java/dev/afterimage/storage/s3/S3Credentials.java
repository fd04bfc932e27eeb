package dev.afterimage.storage.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Keys out of two files, read again when these change: who rotates keys does not restart services. While they are being replaced, so that one is
 * missing or empty, those that were read last go on.
 */
final class S3Credentials implements AwsCredentialsProvider {

    private final Path idFile;
    private final Path secretFile;
    private List<FileTime> changedAt = List.of();
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
            var now = List.of(Files.getLastModifiedTime(idFile), Files.getLastModifiedTime(secretFile));
            if (credentials == null || !now.equals(changedAt)) {
                credentials = AwsBasicCredentials.create(text(idFile), text(secretFile));
                changedAt = now;
            }
        } catch (IOException e) {
            if (credentials == null) {
                throw SdkClientException.create("The access key cannot be read: " + e, e);
            }
        }
        return credentials;
    }

    private static String text(Path file) throws IOException {
        var text = Files.readString(file).strip();
        if (text.isEmpty()) {
            throw new IOException(file + " is empty");
        }
        return text;
    }

    /** Reads them at the next call, even where the times of the files say that nothing has changed since: clocks of file systems are coarse. */
    synchronized void readAgain() {
        changedAt = List.of();
    }
}
