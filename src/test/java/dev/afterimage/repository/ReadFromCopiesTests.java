package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A snapshot of which something cannot be read where it lies, and which a copy of the repository has. */
@ParameterizedClass
@EnumSource(Sealing.class)
class ReadFromCopiesTests {

    @Parameter
    Sealing sealing;

    @TempDir
    Path directory;

    private final PageArrays pages = PageArrays.of(4096, 700, 1);
    private Path own;
    private Path copy;
    private Manifest snapshot;

    @BeforeEach
    void save() throws IOException {
        own = directory.resolve("own");
        var repository = sealing.on(new LocalStorage(own, 0));
        var first = save(repository, null);
        for (int page = 1; page <= 700; page += 3) {
            pages.write(page, page);
        }
        snapshot = save(repository, first);
        copy = directory.resolve("copy");
        copyTo(copy);
    }

    private Manifest save(Repository repository, Manifest parent) {
        try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.any());
        }
    }

    private void copyTo(Path target) throws IOException {
        try (var files = Files.walk(own)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var to = target.resolve(own.relativize(file));
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
    }

    private Repository reading(Storage storage, Storage... copies) {
        var vaults = new ArrayList<Vault.Copy>();
        for (var one : copies) {
            vaults.add(new Vault.Copy("copy" + (vaults.size() + 1), sealing.vault(one)));
        }
        return new Repository(sealing.vault(storage, List.copyOf(vaults)), Clock.systemUTC());
    }

    private Repository reading() {
        return reading(new LocalStorage(own, 0), new LocalStorage(copy, 0));
    }

    private void assertRead(Repository repository, Set<String> from) throws IOException {
        try (var reader = repository.open(NewSnapshots.DATABASE, snapshot.id())) {
            var bytes = ByteBuffer.allocate((int) reader.size());
            while (reader.read(bytes) > 0) {}
            assertThat(bytes.array()).isEqualTo(pages.bytes());
            assertThat(reader.copiesRead()).isEqualTo(from);
        }
    }

    private Path layer(Path root, int number) {
        return root.resolve(ObjectKeys.layer(
                NewSnapshots.DATABASE, snapshot.layers().get(number).id()));
    }

    private Path manifest(Path root) {
        return root.resolve(ObjectKeys.manifest(NewSnapshots.DATABASE, snapshot.id()));
    }

    @Test
    void openWhenAllIsWellReadsNoCopy() throws IOException {
        var asked = FaultyStorage.far(new LocalStorage(copy, 0), call -> {
            throw new AssertionError(call.toString());
        });

        assertRead(
                new Repository(
                        sealing.vault(
                                new LocalStorage(own, 0),
                                List.of(new Vault.Copy("copy1", new Vault(asked, Clock.systemUTC())))),
                        Clock.systemUTC()),
                Set.of());
    }

    @Test
    void openWhenAnyByteIsDamagedReadsThatFromTheCopy() throws IOException {
        var file = layer(own, 0);
        var bytes = Files.readAllBytes(file);
        int helped = 0;
        for (int at = 1; at < bytes.length; at += bytes.length / 40) {
            bytes[at] ^= 1;
            Files.write(file, bytes);
            bytes[at] ^= 1;
            try (var reader = reading().open(NewSnapshots.DATABASE, snapshot.id())) {
                var read = ByteBuffer.allocate((int) reader.size());
                while (reader.read(read) > 0) {}
                assertThat(read.array()).isEqualTo(pages.bytes());
                helped += reader.copiesRead().size();
            }
        }
        assertThat(helped).isPositive();
    }

    @Test
    void openWhenDifferentPartsOfAllAreDamagedTakesFromEachWhatIsWhole() throws IOException {
        var second = directory.resolve("second");
        copyTo(second);
        Files.delete(layer(own, 0));
        Files.delete(manifest(own));
        Files.delete(layer(copy, 1));
        Files.delete(layer(second, 0));
        Files.delete(manifest(copy));

        assertRead(
                reading(new LocalStorage(own, 0), new LocalStorage(copy, 0), new LocalStorage(second, 0)),
                Set.of("copy1", "copy2"));
    }

    @Test
    void openWhenTheStorageIsAwayReadsFromTheCopyAndAsksItOnce() throws IOException {
        var calls = new ArrayList<String>();
        var away = faulty(call -> {
            calls.add(call.method());
            throw FaultyStorage.away();
        });

        assertRead(reading(away, new LocalStorage(copy, 0)), Set.of("copy1"));
        assertThat(calls).hasSizeLessThan(10);
    }

    @Test
    void openWhenLayersAreArchivedReadsFromTheCopyAndAsksForEachOnce() throws IOException {
        var asked = new ArrayList<String>();
        var archived = faulty(call -> {
            if (call.method().equals("read") && call.what().startsWith(ObjectKeys.LAYERS)) {
                asked.add(call.what());
                var object = new ArchivedObject("backups", call.what(), "GLACIER", false);
                throw new StorageException.Archived("Reading", List.of(object), new IOException("as the test says"));
            }
        });

        assertRead(reading(archived, new LocalStorage(copy, 0)), Set.of("copy1"));
        assertThat(asked).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void openWhenTheStorageGoesAwayInTheMiddleGoesOnWithTheCopy() throws IOException {
        var left = new AtomicInteger(12);
        var going = faulty(call -> {
            if (left.decrementAndGet() < 0) {
                throw FaultyStorage.away();
            }
        });

        assertRead(reading(going, new LocalStorage(copy, 0)), Set.of("copy1"));
    }

    @Test
    void openWhenTheCopyIsDamagedInTheSamePlaceSaysWhatIsWrongHere() throws IOException {
        for (var root : List.of(own, copy)) {
            var bytes = Files.readAllBytes(layer(root, 0));
            for (int at = 100; at < bytes.length; at += 1000) {
                bytes[at] ^= 1;
            }
            Files.write(layer(root, 0), bytes);
        }

        assertThatExceptionOfType(SnapshotDamagedException.class).isThrownBy(() -> assertRead(reading(), Set.of()));
    }

    @Test
    void openWhenNobodyHasItSaysSo() throws IOException {
        Files.delete(manifest(own));
        Files.delete(manifest(copy));
        assertThatExceptionOfType(SnapshotGoneException.class).isThrownBy(() -> assertRead(reading(), Set.of()));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> assertRead(
                        reading(
                                faulty(_ -> {
                                    throw FaultyStorage.away();
                                }),
                                faulty(_ -> {
                                    throw FaultyStorage.away();
                                })),
                        Set.of()));
    }

    /** What is to be proven of the repository itself is not proven by a copy. */
    @Test
    void proveStoredWhenALayerIsMissingSaysSoThoughACopyHasIt() throws IOException {
        Files.delete(layer(own, 0));

        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> reading().proveStored(snapshot, Set.of(), PageProgress.NONE));
    }

    private Storage faulty(Consumer<FaultyStorage.Call> before) {
        return FaultyStorage.far(new LocalStorage(own, 0), before);
    }
}
