package dev.afterimage.catalog.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.catalog.databases.Databases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTests {

    @TempDir
    Path dir;

    private Path home;

    @BeforeEach
    void home() {
        home = dir.resolve("home");
    }

    @Test
    void repositoryWhenItsPlaceIsNoneOrEmptyIsInTheHome() {
        assertThat(new Node(home, "node", null).repository())
                .isEqualTo(home.resolve("repository").toString());
        assertThat(new Node(home, "node", new Node.Place("")).repository())
                .isEqualTo(home.resolve("repository").toString());
        assertThat(new Node(home, "node", new Node.Place(dir.resolve("x/../y").toString())).repository())
                .isEqualTo(dir.resolve("y").toString());
    }

    @Test
    void anotherNameOfTheHostChangesNothing() {
        try (var catalog = new TestCatalog(home, dir, Clock.systemUTC())) {
            var file = dir.resolve("orders.db");
            catalog.databases.add("orders", file, Map.of());
            var renamed = new Node(home, "renamed", null);
            assertThat(renamed.id()).isEqualTo(catalog.node.id());
            var databases = new Databases(catalog.catalog, renamed, Clock.systemUTC());
            assertThat(databases.elsewhere()).isEmpty();
            assertThat(databases.get("orders").node()).isEqualTo("renamed");
            assertThat(new DatabaseFiles(catalog.catalog, databases, renamed, Clock.systemUTC()).registered())
                    .isEqualTo(Map.of("orders", file));
        }
    }

    @Test
    void aChangedPathMovesADatabaseToTheNodeThatChangesIt() throws Exception {
        try (var catalog = new TestCatalog(home, dir, Clock.systemUTC())) {
            var file = dir.resolve("orders.db");
            catalog.databases.add("orders", file, Map.of());
            Files.delete(home.resolve("node-id"));
            var other = new Databases(catalog.catalog, new Node(home, "other", null), Clock.systemUTC());
            assertThat(other.elsewhere()).containsExactly("orders");
            assertThat(other.get("orders").node()).isEqualTo(catalog.node.id().toString());
            other.change("orders", null, null, Map.of("a", "b"), Databases.NewDemands.NONE);
            assertThat(other.elsewhere()).as("labels say nothing of the node").containsExactly("orders");
            assertThat(other.change("orders", file, file, null, Databases.NewDemands.NONE)
                            .node())
                    .isEqualTo("other");
            assertThat(other.elsewhere()).isEmpty();
        }
    }

    @Test
    void nodesThatBeginOnOneHomeAtOnceHaveOneId() throws Exception {
        List<UUID> ids = IntStream.range(0, 16)
                .parallel()
                .mapToObj(_ -> new Node(home, "node", null).id())
                .toList();
        assertThat(ids).containsOnly(ids.getFirst());
        assertThat(home.resolve("node-id")).hasContent(ids.getFirst().toString());
    }

    @Test
    void anIdThatWasNotWrittenToItsEndIsMadeAnew() throws Exception {
        Files.createDirectories(home);
        Files.writeString(home.resolve("node-id"), "5b0f9c1e-6a34");
        var id = new Node(home, "node", null).id();
        assertThat(new Node(home, "node", null).id()).isEqualTo(id);
    }

    @Test
    void aFileThatHasNoIdIsNotReplaced() throws Exception {
        Files.createDirectories(home);
        var file = Files.writeString(home.resolve("node-id"), "this is no id of any node whatsoever, is it?");
        assertThatIllegalStateException()
                .isThrownBy(() -> new Node(home, "node", null))
                .withMessageContaining("node-id has no id of a node");
        assertThat(file).hasContent("this is no id of any node whatsoever, is it?");
    }
}
