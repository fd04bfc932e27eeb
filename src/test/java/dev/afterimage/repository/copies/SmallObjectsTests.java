package dev.afterimage.repository.copies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.repository.objects.CatalogObjects;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Rate;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of a repository, and the copies of the catalog in it, in a copy of the repository. */
class SmallObjectsTests {

    private static final UUID REPOSITORY = UUID.randomUUID();
    private static final UUID CATALOG = UUID.randomUUID();

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private Path root;
    private Path place;
    private Secret secret;
    private Vault vault;
    private RepositoryCopy copy;

    @BeforeEach
    void makeCopy() throws Exception {
        root = dir.resolve("repository");
        place = dir.resolve("copy");
        secret = Secret.newKeyFile(dir.resolve("key"));
        vault = new Vault(storage(root), () -> Optional.of(secret), clock);
        vault.asFound().identify(REPOSITORY);
        copy = new RepositoryCopy(vault, storage(place), Rate.UNLIMITED, _ -> {});
        copy.make();
    }

    private static LocalStorage storage(Path path) {
        return new LocalStorage(path, 0, () -> Optional.of(REPOSITORY));
    }

    private static Set<String> names(Path root, String folder) throws IOException {
        if (!Files.exists(root.resolve(folder))) {
            return Set.of();
        }
        try (var files = Files.walk(root.resolve(folder))) {
            var names = new TreeSet<String>();
            files.filter(Files::isRegularFile)
                    .forEach(file -> names.add(root.relativize(file).toString()));
            return names;
        }
    }

    private void requireOpens(Secret by) {
        var opened = new Vault(storage(place), () -> Optional.of(by), clock);
        assertThat(opened.isSealed()).isTrue();
        assertThat(opened.codec()).isNotNull();
    }

    @Test
    void makeGivesACopyThatTheSameKeyOpens() throws Exception {
        assertThat(names(place, "keys")).isEqualTo(names(root, "keys")).hasSize(1);
        requireOpens(secret);
    }

    @Test
    void copyKeysWhenOneWasAddedAndOneRemovedFollowsUnlessNothingMayBeDeleted() throws Exception {
        var first = vault.keys().getFirst();
        var added = Secret.newKeyFile(dir.resolve("other"));
        vault.addKey(added, "other");

        copy.copyKeys(true);
        requireOpens(added);
        requireOpens(secret);

        var own = new Vault(storage(root), () -> Optional.of(added), clock);
        own.removeKey(first.id());
        secret = added;
        copy.copyKeys(false);
        assertThat(names(place, "keys")).as("nothing is deleted there").hasSize(2);

        copy.copyKeys(true);
        assertThat(names(place, "keys")).isEqualTo(names(root, "keys")).hasSize(1);
        requireOpens(added);
    }

    @Test
    void copyKeysWhenTheRepositoryHasLostAllOfThemLeavesThoseOfTheCopy() throws Exception {
        for (var name : names(root, "keys")) {
            Files.delete(root.resolve(name));
        }

        copy.copyKeys(true);

        assertThat(names(place, "keys")).hasSize(1);
        requireOpens(secret);
    }

    private CatalogObject catalog(CatalogObjects of, String content) throws IOException {
        clock.advance(Duration.ofDays(1));
        var file = Files.writeString(dir.resolve("catalog.db"), content);
        return of.put(CATALOG, clock.instant(), "daily", file);
    }

    @Test
    void copyCatalogsBringsThemAndFollowsTheirDeletionButKeepsTheNewest() throws Exception {
        var catalogs = new CatalogObjects(vault, clock);
        var first = catalog(catalogs, "one");
        var second = catalog(catalogs, "two");
        assertThat(copy.copyCatalogs(true, () -> {})).isEmpty();
        assertThat(names(place, "catalog")).isEqualTo(names(root, "catalog")).hasSize(2);

        catalogs.delete(first);
        copy.copyCatalogs(false, () -> {});
        assertThat(names(place, "catalog")).hasSize(2);
        copy.copyCatalogs(true, () -> {});
        assertThat(names(place, "catalog")).isEqualTo(names(root, "catalog")).hasSize(1);

        catalogs.delete(second);
        copy.copyCatalogs(true, () -> {});
        assertThat(names(place, "catalog")).as("the last that there is").hasSize(1);
        var there = new CatalogObjects(new Vault(storage(place), () -> Optional.of(secret), clock), clock);
        there.fetch(there.list().getFirst(), dir.resolve("fetched"));
        assertThat(dir.resolve("fetched")).hasContent("two");
    }

    @Test
    void copyCatalogsWhenOneIsDamagedTellsItAndBringsTheOthers() throws Exception {
        var catalogs = new CatalogObjects(vault, clock);
        var damaged = catalog(catalogs, "one");
        catalog(catalogs, "two");
        var file = root.resolve(damaged.key());
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        assertThat(copy.copyCatalogs(true, () -> {})).containsOnlyKeys(damaged.key());

        assertThat(names(place, "catalog")).hasSize(1);
    }

    /** Damage in its wrapped bytes does not show but by the secret. */
    @Test
    void copyKeysWhenTheNewKeyWasDamagedBeforeItWasCopiedKeepsTheOldOne() throws Exception {
        var first = vault.keys().getFirst();
        var old = secret;
        var added = Secret.newKeyFile(dir.resolve("other"));
        var second = vault.addKey(added, "other");
        secret = added;
        vault.removeKey(first.id());
        var damaged = root.resolve("keys/" + second.id());
        var digits = second.wrapped();
        Files.writeString(
                damaged,
                Files.readString(damaged).replace(digits, (digits.charAt(0) == '0' ? "1" : "0") + digits.substring(1)));

        copy.copyKeys(true);
        copy.copyKeys(true);

        requireOpens(old);
    }
}
