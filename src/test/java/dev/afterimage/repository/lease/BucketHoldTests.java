package dev.afterimage.repository.lease;

import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Server;
import dev.afterimage.storage.s3.S3Settings;

class BucketHoldTests extends HoldContract {

    private final Location bucket = new Location.Bucket(S3Server.shared().newBucket(), "prod/");

    @Override
    Location location() {
        return bucket;
    }

    @Override
    S3Settings s3() {
        return S3Server.shared().settings();
    }
}
