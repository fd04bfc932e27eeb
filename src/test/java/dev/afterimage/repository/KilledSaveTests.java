package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that saves and deletes snapshots is killed at any moment: what is listed is whole, and nothing else remains. */
class KilledSaveTests {

    private static final int KILLS = 4;
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 700;
    private static final int FILES = 6;

    @TempDir
    Path directory;

    @Test
    void saveWhenKilledLeavesOnlyWholeSnapshots() throws Exception {
        var root = directory.resolve("repository");
        for (int number = 0; number < FILES; number++) {
            DatabaseFiles.write(directory.resolve(number + ".db"), PAGE_SIZE, PAGES, number);
        }
        var random = new Random(11);
        int seen = 0;
        int killsThatLeftSomething = 0;
        var end = Instant.now().plus(Torture.TIME);
        for (int kill = 0; kill < KILLS || Instant.now().isBefore(end); kill++) {
            if (kill % 2 == 0) {
                KilledProcess.runUntilItWrites(root, Saving.class, root.toString(), directory.toString());
            } else {
                KilledProcess.run(random.nextLong(250_000_000), Saving.class, root.toString(), directory.toString());
            }

            var storage = new LocalStorage(root, 0);
            var repository = TestRepositories.on(storage);
            var listing = repository.list(NewSnapshots.DATABASE);
            assertThat(listing.unreadable()).isEmpty();
            long named = 0;
            for (var manifest : listing.readable()) {
                assertThat(TestRepositories.content(repository, manifest)).isEqualTo(expected(manifest.id()));
                named += manifest.storedBytes();
                seen++;
            }
            var copies = repository.catalogObjects().list();
            for (var copy : copies) {
                assertThat(repository.catalogObjects().condition(copy)).isEqualTo(ObjectCondition.WHOLE);
                named += copy.bytes();
            }
            killsThatLeftSomething += TestRepositories.bytes(root) > named ? 1 : 0;

            TestRepositories.sweep(repository);

            assertThat(TestRepositories.bytes(root)).isEqualTo(named);
            for (var manifest : listing.readable()) {
                TestRepositories.delete(repository, NewSnapshots.DATABASE, manifest.id());
            }
            copies.forEach(repository.catalogObjects()::delete);
            assertThat(TestRepositories.bytes(root)).isZero();
        }
        assertThat(seen).as("snapshots that were complete").isPositive();
        assertThat(killsThatLeftSomething).as("kills in the middle of a save").isPositive();
    }

    private byte[] expected(UUID id) throws IOException {
        return Files.readAllBytes(file(directory, id));
    }

    private static Path file(Path directory, UUID id) {
        return directory.resolve(id.getLeastSignificantBits() % FILES + ".db");
    }

    /** The process that is killed. */
    static final class Saving {

        public static void main(String[] arguments) throws IOException {
            var repository = TestRepositories.on(new LocalStorage(Path.of(arguments[0]), 0));
            var directory = Path.of(arguments[1]);
            for (long number = 0; true; number++) {
                var id = new UUID(number, number);
                repository.save(file(directory, id), NewSnapshots.of(id), PageProgress.NONE);
                var catalog = repository.catalogObjects();
                catalog.put(NewSnapshots.DATABASE, Instant.ofEpochMilli(number), "daily", file(directory, id));
                catalog.list().stream().skip(2).forEach(catalog::delete);
                if (number == 2) {
                    System.out.println("saving");
                }
                if (number >= 2) {
                    TestRepositories.delete(repository, NewSnapshots.DATABASE, new UUID(number - 2, number - 2));
                }
            }
        }
    }
}
