package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.repository.copies.RepositoryRepair;
import dev.afterimage.repository.format.Manifest;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Each object of a repository, damaged or gone, comes back from a copy as it was. */
@ParameterizedClass
@EnumSource(Sealing.class)
class RepositoryRepairTests {

    @Parameter
    Sealing sealing;

    @TempDir
    Path directory;

    private final PageArrays pages = PageArrays.of(4096, 300, 1);
    private Path own;
    private Path copy;
    private Manifest snapshot;

    @BeforeEach
    void save() throws IOException {
        own = directory.resolve("own");
        var repository = sealing.on(new LocalStorage(own, 0));
        var first = save(repository, null);
        for (int page = 1; page <= 300; page += 3) {
            pages.write(page, page);
        }
        snapshot = save(repository, first);
        copy = directory.resolve("copy");
        for (var object : objects(own).entrySet()) {
            var to = copy.resolve(object.getKey());
            Files.createDirectories(to.getParent());
            Files.write(to, object.getValue().array());
        }
    }

    private Manifest save(Repository repository, Manifest parent) {
        try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.any());
        }
    }

    private static Map<String, ByteBuffer> objects(Path root) throws IOException {
        var objects = new TreeMap<String, ByteBuffer>();
        try (var files = Files.walk(root)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                objects.put(root.relativize(file).toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return objects;
    }

    private List<RepositoryRepair.Left> repair() {
        return repair(new LocalStorage(own, 0), false);
    }

    private List<RepositoryRepair.Left> repair(Storage storage, boolean dryRun) {
        return repair(opened(storage), dryRun);
    }

    private Repository opened(Storage storage) {
        var copies = List.of(new Vault.Copy("copy", sealing.vault(new LocalStorage(copy, 0))));
        var repository = new Repository(sealing.vault(storage, copies), Clock.systemUTC());
        repository.requirePresence();
        return repository;
    }

    private List<RepositoryRepair.Left> repair(Repository repository, boolean dryRun) {
        var vault = repository.vault();
        var repair = new RepositoryRepair(vault, vault.copies(), dryRun, Clock.systemUTC());
        var left = new ArrayList<>(repair.keys());
        try (var use = repository.bringingBack(NewSnapshots.DATABASE)) {
            var database = repair.of(NewSnapshots.DATABASE, Set.of(snapshot.id(), snapshot.parent()), use);
            database.list(Set.of());
            database.run(Set.of(), _ -> true, _ -> {});
            left.addAll(database.left());
        }
        return left;
    }

    private List<String> keys() throws IOException {
        return objects(own).keySet().stream()
                .filter(key -> key.startsWith("layers/") || key.startsWith("manifests/"))
                .toList();
    }

    @Test
    void repairWhenAnyByteOfAnObjectIsWrongPutsItBack() throws IOException {
        var whole = objects(own);
        for (var key : keys()) {
            int bytes = whole.get(key).capacity();
            for (int at = 0; at < bytes; at += 1 + bytes / 15) {
                var damaged = whole.get(key).array().clone();
                damaged[at] ^= 1;
                Files.write(own.resolve(key), damaged);

                assertThat(repair()).as("%s at %d", key, at).isEmpty();

                assertThat(objects(own)).as("%s at %d", key, at).isEqualTo(whole);
            }
        }
    }

    @Test
    void repairWhenAnObjectIsGoneOrCutOrEmptyPutsItBack() throws IOException {
        var whole = objects(own);
        for (var key : keys()) {
            var bytes = whole.get(key).array();
            for (var cut : new int[] {-1, 0, bytes.length / 2, bytes.length - 1}) {
                Files.delete(own.resolve(key));
                if (cut >= 0) {
                    Files.write(own.resolve(key), Arrays.copyOf(bytes, cut));
                }

                assertThat(repair()).as("%s cut to %d", key, cut).isEmpty();

                assertThat(objects(own)).as("%s cut to %d", key, cut).isEqualTo(whole);
            }
        }
    }

    /** Between the first call of a repair and its last: whatever fails, what was whole stays so, and the next run completes it. */
    @Test
    void repairThatFailsAtAnyCallLosesNothingAndTheNextCompletesIt() throws IOException {
        var whole = objects(own);
        var layer = keys().getFirst();
        for (int fails = 1; ; fails++) {
            int failing = fails;
            var damaged = whole.get(layer).array().clone();
            damaged[damaged.length / 2] ^= 1;
            Files.write(own.resolve(layer), damaged);
            var asked = new int[1];
            var storage = new FaultyStorage(new LocalStorage(own, 0), _ -> {
                if (++asked[0] == failing) {
                    throw FaultyStorage.failure();
                }
            });
            try {
                repair(storage, false);
            } catch (StorageException e) {
                // It is made to fail.
            }
            boolean complete = asked[0] < failing;
            var between = objects(own);
            whole.keySet().stream()
                    .filter(key -> !key.equals(layer))
                    .forEach(key -> assertThat(between.get(key)).as(key).isEqualTo(whole.get(key)));

            assertThat(repair()).isEmpty();

            assertThat(objects(own)).isEqualTo(whole);
            if (complete) {
                return;
            }
        }
    }

    @Test
    void dryRunWritesNothing() throws IOException {
        Files.delete(own.resolve(keys().getFirst()));
        var before = objects(own);
        var storage = new FaultyStorage(new LocalStorage(own, 0), call -> {
            if (List.of("put", "create", "delete", "scratch").contains(call.method())) {
                throw new AssertionError(call.toString());
            }
        });

        assertThat(repair(storage, true)).isEmpty();

        assertThat(objects(own)).isEqualTo(before);
    }

    @Test
    void repairPutsBackADamagedKeyButNoneThatWasRemoved() throws IOException {
        assumeThat(sealing).isEqualTo(Sealing.SEALED);
        var whole = objects(own);
        var key = whole.keySet().stream()
                .filter(one -> one.startsWith("keys/"))
                .findFirst()
                .orElseThrow();
        var repository = opened(new LocalStorage(own, 0));
        Files.writeString(own.resolve(key), "{");

        assertThat(repair(repository, false)).isEmpty();
        assertThat(objects(own)).isEqualTo(whole);

        var removed = copy.resolve("keys/" + UUID.randomUUID());
        Files.copy(copy.resolve(key), removed);
        assertThat(repair(repository, false)).isEmpty();
        assertThat(objects(own)).isEqualTo(whole);
    }

    @Test
    void repairWhenTheRepositoryHasNoKeyLeftBringsThemBack() throws IOException {
        assumeThat(sealing).isEqualTo(Sealing.SEALED);
        var whole = objects(own);
        var repository = opened(new LocalStorage(own, 0));
        for (var key : whole.keySet()) {
            if (key.startsWith("keys/")) {
                Files.delete(own.resolve(key));
            }
        }

        assertThat(repair(repository, false)).isEmpty();

        assertThat(objects(own)).isEqualTo(whole);
    }
}
