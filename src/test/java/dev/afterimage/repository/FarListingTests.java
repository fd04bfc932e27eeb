package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests on a storage of which each answer takes a while. */
class FarListingTests {

    private static final int AT_ONCE = 8;

    @TempDir
    Path directory;

    @Test
    void listWhenTheStorageIsFarReadsSeveralManifestsAtATime() throws Exception {
        var near = repository(new Vault(new LocalStorage(directory, 0), Clock.systemUTC()));
        near.found().identify(UUID.randomUUID());
        var file = DatabaseFiles.write(directory.resolve("file.db"), 4096, 10, 1);
        for (int saved = 0; saved < AT_ONCE; saved++) {
            near.save(file, NewSnapshots.any(), PageProgress.NONE);
        }
        var damaged = near.list(NewSnapshots.DATABASE).readable().getFirst().id();
        Files.writeString(directory.resolve(ObjectKeys.manifest(NewSnapshots.DATABASE, damaged)), "what is none");
        var expected = near.list(NewSnapshots.DATABASE);
        var barrier = new CyclicBarrier(AT_ONCE);
        var far = repository(new Vault(
                FaultyStorage.far(new LocalStorage(directory, 0), call -> {
                    if (call.method().equals("read") && call.what().startsWith("manifests/")) {
                        await(barrier);
                    }
                }),
                Clock.systemUTC()));

        var listing = far.list(NewSnapshots.DATABASE);

        assertThat(listing.readable()).isEqualTo(expected.readable()).hasSize(AT_ONCE - 1);
        assertThat(listing.unreadable()).isEqualTo(expected.unreadable()).hasSize(1);
    }

    private static Repository repository(Vault vault) {
        return new Repository(vault, Clock.systemUTC());
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(LongWaits.LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError("They do not come at once", e);
        }
    }
}
