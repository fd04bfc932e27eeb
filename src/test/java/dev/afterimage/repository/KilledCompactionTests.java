package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.Manifest;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that saves increments, and merges at each of them, is killed at any moment: what is listed is whole. */
class KilledCompactionTests {

    private static final int KILLS = 4;
    private static final int FEWEST_COMPACTIONS = KILLS / 4;
    private static final int PAGE_SIZE = 1024;
    private static final int PAGES = 1500;

    @TempDir
    Path directory;

    @Test
    void compactWhenKilledLeavesOnlyWholeSnapshots() throws Exception {
        var root = directory.resolve("repository");
        var random = new Random(13);
        int killsThatLeftSomething = 0;
        var compactions = new HashSet<String>();
        for (int kill = 0; kill < KILLS || kill < 10 * KILLS && !enough(compactions, killsThatLeftSomething); kill++) {
            KilledProcess.run(random.nextLong(400_000_000), SavingIncrements.class, root.toString());

            var repository = TestRepositories.on(new LocalStorage(root, 0));
            var listing = repository.list(NewSnapshots.DATABASE);
            assertThat(listing.unreadable()).isEmpty();
            for (var manifest : listing.readable()) {
                assertThat(TestRepositories.content(repository, manifest))
                        .isEqualTo(state(number(manifest)).bytes());
            }
            compactions.addAll(compactions(root));
            killsThatLeftSomething += TestRepositories.unnamedBytes(root, listing) > 0 ? 1 : 0;
            TestRepositories.sweep(repository);
            assertThat(TestRepositories.unnamedBytes(root, listing)).isZero();
            var newest = listing.readable().getLast();
            listing.readable().stream()
                    .filter(manifest -> !manifest.equals(newest))
                    .forEach(manifest -> TestRepositories.delete(repository, NewSnapshots.DATABASE, manifest.id()));
            assertThat(TestRepositories.content(repository, newest))
                    .isEqualTo(state(number(newest)).bytes());
        }
        assertThat(compactions).as("compactions that were seen").hasSizeGreaterThan(FEWEST_COMPACTIONS);
        assertThat(killsThatLeftSomething).as("kills in the middle of a save").isPositive();
    }

    private static List<String> compactions(Path root) throws IOException {
        var folder = root.resolve("compactions/" + NewSnapshots.DATABASE);
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static boolean enough(Set<String> compactions, int killsThatLeftSomething) {
        return compactions.size() > FEWEST_COMPACTIONS && killsThatLeftSomething > 0;
    }

    private static int number(Manifest manifest) {
        return (int) manifest.id().getLeastSignificantBits();
    }

    /** The database as it is in the snapshot of that number. */
    private static PageArrays state(int number) {
        var pages = PageArrays.of(PAGE_SIZE, PAGES, 1);
        for (int change = SavingIncrements.ADDITIONS; change < SavingIncrements.ADDITIONS * (number + 1); change++) {
            SavingIncrements.change(pages, change);
        }
        return pages;
    }

    /** The process that is killed: goes on from the newest snapshot, and deletes some of the older ones. */
    static final class SavingIncrements {

        static final int MOST_CHANGED = 12;
        static final int ADDITIONS = 2;

        public static void main(String[] arguments) throws IOException {
            var root = Path.of(arguments[0]);
            Files.createDirectories(root);
            var repository = TestRepositories.on(new LocalStorage(root, 0));
            var listing = repository.list(NewSnapshots.DATABASE);
            var parent =
                    listing.readable().isEmpty() ? null : listing.readable().getLast();
            int number = parent == null ? 0 : number(parent);
            var pages = state(number);
            for (int i = number + 1; true; i++) {
                try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
                    for (int addition = 0; addition < ADDITIONS; addition++) {
                        change(pages, ADDITIONS * i + addition);
                        writer.add(pages, PageProgress.NONE);
                    }
                    parent = writer.publish(NewSnapshots.of(new UUID(0, i)));
                }
                if (i % 3 == 0) {
                    TestRepositories.delete(repository, NewSnapshots.DATABASE, new UUID(0, i - 2));
                    repository.compact(NewSnapshots.DATABASE, PageProgress.NONE);
                }
                if (i == number + 1) {
                    System.out.println("saving");
                }
            }
        }

        static void change(PageArrays pages, int number) {
            var random = new Random(number);
            for (int n = 0; n < MOST_CHANGED; n++) {
                pages.write(1 + random.nextInt(PAGES), number);
            }
        }
    }
}
