package dev.afterimage.repository.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.local.LocalStorage;
import dev.afterimage.storage.s3.S3Settings;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LocalHoldTests extends HoldContract {

    @Override
    Location location() {
        return new Location.Directory(directory.resolve("repository"));
    }

    @Override
    S3Settings s3() {
        return S3Settings.NONE;
    }

    /** A full storage must be emptied, and nobody is in the way. */
    @Test
    void deleteWhenTheStorageIsFullAndNobodyHasItWorks() {
        var place = new LocalStorage(directory.resolve("full"), 100);
        try (var object = place.create()) {
            object.write(ByteBuffer.allocate(100));
            object.put("manifests/x/one.json");
        }
        var hold = new Hold(place, UUID.randomUUID(), "prod-1", "0.1.0", Duration.ofMinutes(5), new TestClock());

        hold.storage().delete(List.of("manifests/x/one.json"));

        assertThat(place.list("lease/")).isEmpty();
        assertThat(place.list("manifests/")).isEmpty();
    }
}
