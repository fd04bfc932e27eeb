package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** A prune deletes when the service dies: the next start completes it, and what stays is whole. */
final class PrunePromises implements Promises {

    private static final int SNAPSHOTS = 12;

    private final ServiceSetup setup;
    private final Path source;
    private UUID databaseId = new UUID(0, 0);

    /** Empty before the first. */
    private String job = "";

    private Map<String, Integer> before = Map.of();

    PrunePromises(ServiceSetup setup) throws Exception {
        this.setup = setup;
        this.source = setup.root().resolve("pruned.db");
        Users.create(source, "DELETE", 200);
    }

    @Override
    public void prepare(ServiceClient client) throws Exception {
        client.register("pruned", source);
        databaseId = setup.idOf("pruned");
        client.send("PUT", "databases/pruned/retention", Map.of("last", 2));
    }

    /** Makes what there is to prune. That is begun last of all: {@link #prune}. */
    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        switch (wanted) {
            case CAPTURING_AND_DELETING_MANIFESTS, DELETING_LAYERS, ANY -> backUp(client);
            case RESTORING_TO_CHECK, SAVING, WHILE_ALL_IS_DONE_AGAIN -> {}
        }
    }

    /** Each snapshot has a layer of its own that no other needs: pages of another size are other pages. */
    private void backUp(ServiceClient client) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + source);
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS noise (v)");
            for (int i = client.snapshots("pruned").size(); i < SNAPSHOTS; i++) {
                statement.execute("INSERT INTO noise VALUES (randomblob(10000))");
                statement.execute("PRAGMA page_size = " + (i % 2 == 0 ? 8192 : 4096));
                statement.execute("VACUUM");
                client.snapshotOf(client.backup("pruned", Map.of("verify", "NONE")));
            }
        }
    }

    void prune(ServiceClient client) throws Exception {
        before = Map.of("manifests", objects("manifests"), "layers", objects("layers"));
        job = client.submit("databases/pruned/retention/prune", Map.of());
    }

    void awaitFirstGone(String folder) {
        long end = System.nanoTime() + LongWaits.LONGEST.toNanos();
        while (objects(folder) == before.get(folder)) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("nothing in %s was deleted".formatted(folder));
            }
            Thread.onSpinWait();
        }
    }

    /** By the names in the one database's folder: walking through it would fail over what is deleted meanwhile. */
    private int objects(String folder) {
        var ofDatabase = setup.repository().resolve(folder).resolve(databaseId.toString());
        var names = ofDatabase.toFile().list();
        return names == null ? 0 : names.length;
    }

    @Override
    public void whileDead() {
        System.out.printf(
                "PrunePromises: of %d snapshots %d manifests and %d layers are left%n",
                SNAPSHOTS, objects("manifests"), objects("layers"));
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        if (!job.isEmpty() && Promises.succeeded(client.awaitEnd(job))) {
            requirePruned(client);
        }
    }

    private void requirePruned(ServiceClient client) throws Exception {
        var left = client.snapshots("pruned");
        assertThat(left).hasSize(2);
        for (var snapshot : left) {
            requireRestorable(client, snapshot);
        }
        var repository = new Repository(
                new Vault(new LocalStorage(setup.repository(), 0), Clock.systemUTC()), Clock.systemUTC());
        var manifests = repository.list(databaseId).readable();
        assertThat(manifests).hasSize(2);
        assertThat(repository.layers(databaseId).stream().map(Layers.Stored::id))
                .as("layers that nobody needs are gone")
                .hasSameElementsAs(manifests.stream()
                        .flatMap(manifest -> manifest.layers().stream())
                        .map(LayerRef::id)
                        .collect(Collectors.toSet()));
    }

    private void requireRestorable(ServiceClient client, JsonNode snapshot) throws Exception {
        var download = client.download(snapshot.get("id").asString(), source.resolveSibling("pruned-copy.db"));
        download.requireToBe(snapshot);
        assertThat(Users.read(download.file())).matches(Users::whole, "exactly the first rows, in a sound file");
        Files.delete(download.file());
    }
}
