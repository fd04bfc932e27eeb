package dev.afterimage.storage.s3;

import dev.afterimage.storage.RetryDelay;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * Tries a request again that was refused because of its access key, when there is another key by then. The SDK signs all tries of one call with the
 * key that it began with, and a layer of which all parts but one are sent is much to lose.
 */
final class S3KeyRotation extends DelegatingS3Client {

    private static final Set<String> ABOUT_THE_KEY = Set.of(
            "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired");

    private static final int TRIES = 3;

    /** How often a new key is looked for, which is a second: who replaces two files does it one after the other. */
    private static final int LOOKS = 4;

    private final AwsCredentialsProvider keys;

    S3KeyRotation(S3Client client, AwsCredentialsProvider keys) {
        super(client);
        this.keys = keys;
    }

    @Override
    protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
        for (int tries = 1; ; tries++) {
            var used = keys.resolveCredentials();
            try {
                return operation.apply(request);
            } catch (S3Exception e) {
                if (tries == TRIES || !mayBeAboutTheKey(e) || !isReplaced(used, isAboutTheKey(e) ? LOOKS : 1)) {
                    throw e;
                }
            }
        }
    }

    private boolean isReplaced(AwsCredentials used, int looks) {
        for (int look = 0; look < looks; look++) {
            if (look > 0) {
                RetryDelay.sleep(look);
            }
            if (keys instanceof S3Credentials files) {
                files.readAgain();
            }
            if (!keys.resolveCredentials().equals(used)) {
                return true;
            }
        }
        return false;
    }

    /** An answer without a body has no code. */
    private static boolean mayBeAboutTheKey(S3Exception e) {
        return e.statusCode() == 401 || e.statusCode() == 403 || isAboutTheKey(e);
    }

    private static boolean isAboutTheKey(S3Exception e) {
        return Optional.ofNullable(e.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .filter(ABOUT_THE_KEY::contains)
                .isPresent();
    }
}
