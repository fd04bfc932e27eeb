package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Groups are backed up when the service dies: a group is there as a whole, or not at all. */
final class GroupPromises implements Promises {

    private static final List<String> DATABASES = List.of("first", "second", "third");

    private final ServiceSetup setup;

    private String job = "";

    GroupPromises(ServiceSetup setup) {
        this.setup = setup;
    }

    @Override
    public void prepare(ServiceClient client) throws Exception {
        for (var name : DATABASES) {
            var file = setup.root().resolve(name + ".db");
            Users.create(file, name.equals("second") ? "DELETE" : "WAL", 2_000);
            client.register(name, file);
        }
    }

    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        job = submit(client);
    }

    private static String submit(ServiceClient client) throws Exception {
        return client.submit("backups", Map.of("databases", DATABASES, "verify", "QUICK"));
    }

    @Override
    public void whileDead() {
        // Manifests of a part of the group may be there, until the next start.
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        if (!Promises.succeeded(client.awaitEnd(job))) {
            assertThat(Promises.succeeded(client.awaitEnd(submit(client))))
                    .as("the next one")
                    .isTrue();
        }
        var groups = new HashSet<String>();
        for (var database : DATABASES) {
            var snapshots = client.snapshots(database);
            assertThat(manifests()).as("a manifest is a snapshot").isEqualTo(DATABASES.size() * snapshots.size());
            snapshots.forEach(snapshot -> groups.add(snapshot.get("groupId").asString()));
        }
        assertThat(groups).isNotEmpty();
        for (var group : groups) {
            assertThat(client.get("snapshots?group=" + group).body().get("items"))
                    .hasSize(DATABASES.size());
        }
    }

    private int manifests() throws Exception {
        int manifests = 0;
        for (var database : DATABASES) {
            var folder = setup.repository()
                    .resolve("manifests")
                    .resolve(setup.idOf(database).toString());
            manifests += (int)
                    Moment.under(folder).stream().filter(Files::isRegularFile).count();
        }
        return manifests;
    }
}
