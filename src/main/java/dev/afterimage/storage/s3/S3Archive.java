package dev.afterimage.storage.s3;

import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.storage.StorageException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects that a rule of the bucket has moved to where they are not read before somebody has them restored. */
final class S3Archive {

    private static final String UNDER_WAY = "ongoing-request=\"true\"";

    private S3Archive() {}

    /** Believed of a refusal only: classes that are called the same at other vendors may well be read. */
    static boolean isReasonFor(SdkException e) {
        return e instanceof S3Exception answer
                && answer.awsErrorDetails() != null
                && "InvalidObjectState".equals(answer.awsErrorDetails().errorCode());
    }

    /** What such a refusal means, with what the server tells of the object, which takes one more request. */
    static StorageException.Archived archived(S3Bucket bucket, String key, String doing, SdkException refusal) {
        var told = look(bucket, key);
        var object = new ArchivedObject(
                bucket.location().name(),
                bucket.name(key),
                told == null ? null : storageClass(told),
                told != null && told.restore() != null && told.restore().contains(UNDER_WAY));
        return new StorageException.Archived(doing, List.of(object), refusal);
    }

    private static @Nullable HeadObjectResponse look(S3Bucket bucket, String key) {
        try {
            return bucket.client()
                    .headObject(
                            request -> request.bucket(bucket.location().name()).key(bucket.name(key)));
        } catch (SdkException e) {
            return null; // that it is archived is known; the rest is for people
        }
    }

    /** Where the class tiers by itself, the tier is what says that it is archived. */
    private static @Nullable String storageClass(HeadObjectResponse told) {
        return told.archiveStatus() == null
                ? told.storageClassAsString()
                : "%s, %s".formatted(told.storageClassAsString(), told.archiveStatusAsString());
    }
}
