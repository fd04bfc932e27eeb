package dev.afterimage.repository;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.hashes.PageHashCache;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others see of a sealed repository, and what comes of what they put in the place of its objects. */
class SealedRepositoryTests {

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final UUID OTHER_DATABASE = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000c");

    @TempDir
    Path directory;

    private Path root;
    private Repository repository;

    @BeforeEach
    void create() {
        root = directory.resolve("repository");
        repository = Sealing.SEALED.on(new LocalStorage(root, 0));
    }

    private Manifest save(UUID databaseId, int seed) throws IOException {
        var file = DatabaseFiles.write(directory.resolve(UUID.randomUUID() + ".db"), 4096, 600, seed);
        return repository.save(file, NewSnapshots.of(databaseId, UUID.randomUUID()), PageProgress.NONE);
    }

    private Path layer(Manifest manifest) {
        return root.resolve("layers/%s/%s"
                .formatted(manifest.databaseId(), manifest.layers().getFirst().id()));
    }

    private Path manifest(Manifest manifest) {
        return root.resolve("manifests/%s/%s.json".formatted(manifest.databaseId(), manifest.id()));
    }

    private static List<Path> files(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void objectsWhenSomethingIsPlantedDoNotHaveIt() throws Exception {
        var file = directory.resolve("a.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            statement.execute("create table plantedtable(x)");
            statement.execute(
                    "insert into plantedtable values ('PLANTEDROW'), (randomblob(5000)), ('PLANTEDROW' || 2)");
        }
        var snapshot = NewSnapshots.any(); // with names, paths, labels and notes
        repository.save(file, snapshot, PageProgress.NONE);
        repository.catalogObjects().put(DATABASE, Instant.EPOCH, "daily", file);

        for (var object : files(root)) {
            var text = new String(Files.readAllBytes(object), ISO_8859_1);
            assertThat(text)
                    .as(root.relativize(object).toString())
                    .doesNotContainIgnoringCase("planted")
                    .doesNotContain("SQLite format", "orders", "/srv/shop", "why", "migration", "a note", "node-1");
        }
        assertThat(files(root)).hasSizeGreaterThanOrEqualTo(5);
    }

    /** The digests of pages are keyed here, and the first page is compared by its own before the others stay unread. */
    @Test
    void addOfPagesThatCannotHaveChangedReadsNoMoreThanTheFirst() throws IOException {
        var pages = PageArrays.of(4096, 2000, 1);
        var cache = new PageHashCache(
                Files.createDirectory(directory.resolve("hashes")), Duration.ofDays(7), Clock.systemUTC());
        Manifest parent;
        try (var writer = repository.begin(DATABASE, null, cache)) {
            writer.add(pages, PageProgress.NONE);
            parent = writer.publish(NewSnapshots.any());
        }
        var read = new ArrayList<Long>();
        var unchanged = new PageSource() {
            @Override
            public int pageSize() {
                return pages.pageSize();
            }

            @Override
            public long pageCount() {
                return pages.pageCount();
            }

            @Override
            public void read(long firstPage, ByteBuffer buffer) {
                read.add(firstPage);
                pages.read(firstPage, buffer);
            }

            @Override
            public boolean mayHaveChanged(long page) {
                return false;
            }
        };
        try (var writer = repository.begin(DATABASE, parent, cache)) {
            writer.add(unchanged, PageProgress.NONE);
            assertThat(writer.publish(NewSnapshots.any()).treeDigest()).isEqualTo(parent.treeDigest());
        }
        assertThat(read).containsExactly(1L);
    }

    @Test
    void openWhenALayerOfAnotherDatabaseIsInItsPlaceTells() throws IOException {
        var mine = save(DATABASE, 1);
        var theirs = save(OTHER_DATABASE, 1);
        assertThat(Files.size(layer(theirs))).isEqualTo(mine.layers().getFirst().bytes());

        Files.copy(layer(theirs), layer(mine), REPLACE_EXISTING);

        assertThatExceptionOfType(SnapshotDamagedException.class).isThrownBy(() -> repository.open(mine));
        assertThat(TestRepositories.content(repository, theirs)).isNotEmpty();
    }

    @Test
    void findWhenAManifestIsInThePlaceOfAnotherTells() throws IOException {
        var old = save(DATABASE, 1);
        var newer = save(DATABASE, 2);

        Files.copy(manifest(old), manifest(newer), REPLACE_EXISTING);

        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> repository.find(DATABASE, newer.id()))
                .withMessageContaining("seal is broken");
    }

    @Test
    void findWhenAPlainManifestIsPutThereTells() throws IOException {
        var plain = Sealing.PLAIN.on(new LocalStorage(directory.resolve("plain"), 0));
        var file = DatabaseFiles.write(directory.resolve("a.db"), 4096, 10, 1);
        var forged = plain.save(file, NewSnapshots.any(), PageProgress.NONE);
        Files.createDirectories(manifest(forged).getParent());
        Files.copy(directory.resolve("plain").resolve(root.relativize(manifest(forged))), manifest(forged));

        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> repository.find(DATABASE, forged.id()))
                .withMessageContaining("not sealed");
    }

    @Test
    void readWhenObjectsAreOfAnotherRepositoryTells() throws IOException {
        var other = Sealing.SEALED.on(new LocalStorage(directory.resolve("other"), 0));
        var file = DatabaseFiles.write(directory.resolve("a.db"), 4096, 600, 1);
        var theirs = other.save(file, NewSnapshots.any(), PageProgress.NONE);
        for (var object : List.of(manifest(theirs), layer(theirs))) {
            Files.createDirectories(object.getParent());
            Files.copy(directory.resolve("other").resolve(root.relativize(object)), object);
        }

        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> repository.find(DATABASE, theirs.id()));
        assertThatExceptionOfType(SnapshotDamagedException.class).isThrownBy(() -> repository.open(theirs));
    }

    @Test
    void fetchWhenACatalogCopyIsForgedTells() throws IOException {
        var file = DatabaseFiles.write(directory.resolve("a.db"), 4096, 100, 1);
        var copies = repository.catalogObjects();
        var first = copies.put(DATABASE, Instant.EPOCH, "daily", file);
        var second = copies.put(DATABASE, Instant.EPOCH.plusSeconds(1), "daily", file);
        copies.delete(second);
        var renamed = second.key().substring(0, second.key().lastIndexOf('-')) + "-" + first.sha256();
        Files.copy(root.resolve(first.key()), root.resolve(renamed));
        var target = directory.resolve("copy.db");

        var forged = copies.list().stream()
                .filter(copy -> copy.key().equals(renamed))
                .findAny()
                .orElseThrow();
        assertThat(copies.condition(forged)).isEqualTo(ObjectCondition.WHOLE); // its bytes are those of its name
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> copies.fetch(forged, target))
                .withMessageContaining("seal is broken");
        copies.fetch(first, target);
        assertThat(Files.mismatch(file, target)).isEqualTo(-1);
    }

    @Test
    void saveWhenTheRepositoryWasClonedNeverSealsTwiceWithTheSameKey() throws IOException {
        save(DATABASE, 1);
        var clone = directory.resolve("clone");
        for (var file : files(root)) {
            var copy = clone.resolve(root.relativize(file));
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy);
        }
        var file = DatabaseFiles.write(directory.resolve("same.db"), 4096, 600, 7);
        var snapshot = NewSnapshots.any();
        var here = repository.save(file, snapshot, PageProgress.NONE);
        var there = Sealing.SEALED.on(new LocalStorage(clone, 0)).save(file, snapshot, PageProgress.NONE);

        assertThat(there.treeDigest()).isEqualTo(here.treeDigest()); // it is the same key, and the same content
        assertThat(there.layers().getFirst().id())
                .isNotEqualTo(here.layers().getFirst().id());
        var salts = new ArrayList<List<Byte>>();
        for (var object : List.of(manifest(here), clone.resolve(root.relativize(manifest(here))))) {
            var bytes = Files.readAllBytes(object);
            var salt = new ArrayList<Byte>();
            for (byte one : Arrays.copyOfRange(bytes, 8, 40)) {
                salt.add(one);
            }
            salts.add(salt);
        }
        assertThat(new HashSet<>(salts)).hasSize(2);
    }
}
