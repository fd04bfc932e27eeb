package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class ListTests {

    private static final UUID CUSTOMERS = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000b");

    @TempDir
    Path directory;

    private SavedRepository repository;
    private Manifest first;
    private Manifest second;

    @BeforeEach
    void save() throws Exception {
        repository = new SavedRepository(directory.resolve("repository"));
        var file = directory.resolve("users.db");
        Users.create(file, "DELETE", 400);
        first = repository.save(SavedRepository.ORDERS, "orders", 1, file);
        second = repository.save(SavedRepository.ORDERS, "orders", 2, file);
        repository.save(CUSTOMERS, "customers", 3, file);
    }

    private CommandRun list(Object... more) {
        var arguments = new ArrayList<Object>(List.of("list", "--repository", repository.directory()));
        arguments.addAll(List.of(more));
        return CommandRun.here(arguments.toArray());
    }

    @Test
    void listPrintsATablePerDatabaseNewestFirst() throws Exception {
        var before = repository.content();

        var run = CommandRun.of("list", "--repository", repository.directory());

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        var lines = run.out().lines().toList();
        assertThat(lines).hasSize(7);
        assertThat(lines.get(0)).isEqualTo("orders (" + SavedRepository.ORDERS + ")");
        assertThat(lines.get(1))
                .containsSubsequence("SNAPSHOT", "CREATED AT", "SIZE", "STORED", "NEW", "METHOD", "LABELS");
        assertThat(lines.get(2))
                .containsSubsequence(
                        second.id().toString(),
                        "2026-01-01T00:00:02Z",
                        "%.3f MB".formatted(second.sizeBytes() / 1e6),
                        "%.3f MB".formatted(second.storedBytes() / 1e6),
                        "%.3f MB".formatted(second.newBytes() / 1e6),
                        "ONLINE",
                        "why=grün?\"x\"");
        assertThat(lines.get(3)).contains(first.id().toString());
        assertThat(lines.get(4)).isEqualTo("customers (" + CUSTOMERS + ")");
        assertThat(repository.content()).isEqualTo(before);
    }

    @Test
    void listWhenAskedForJsonPrintsALinePerSnapshot() throws Exception {
        var run = list("--json", "--database", "orders");

        assertThat(run.exitCode()).isZero();
        var lines = run.out().lines().map(new JsonMapper()::readTree).toList();
        assertThat(lines).hasSize(2);
        var newest = lines.getFirst();
        assertThat(newest.get("id").asString()).isEqualTo(second.id().toString());
        assertThat(newest.get("database").asString()).isEqualTo("orders");
        assertThat(newest.get("databaseId").asString()).isEqualTo(SavedRepository.ORDERS.toString());
        assertThat(newest.get("createdAt").asString()).isEqualTo("2026-01-01T00:00:02Z");
        assertThat(newest.get("groupId").isNull()).isTrue();
        assertThat(newest.get("method").asString()).isEqualTo("ONLINE");
        assertThat(newest.get("sizeBytes").asLong()).isEqualTo(second.sizeBytes());
        assertThat(newest.get("storedBytes").asLong()).isEqualTo(second.storedBytes());
        assertThat(newest.get("newBytes").asLong()).isEqualTo(second.newBytes());
        assertThat(newest.get("treeDigest").asString()).isEqualTo(second.treeDigest());
        assertThat(newest.get("sha256").asString()).isEqualTo(second.sha256());
        assertThat(newest.get("labels").get("why").asString()).isEqualTo("grün\n\"x\"");
    }

    @Test
    void listWhenAManifestIsDamagedTellsListsTheOthersAndExitsWith1() throws Exception {
        SavedRepository.damage(repository.manifest(second));

        var run = list("--json", "--database", "orders");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("warning: manifests/", second.id().toString());
        assertThat(run.out())
                .contains(first.id().toString())
                .doesNotContain(second.id().toString());
    }

    @Test
    void listWhenAllManifestsOfADatabaseAreDamagedStillTellsItsId() throws Exception {
        SavedRepository.damage(repository.manifest(first));
        SavedRepository.damage(repository.manifest(second));

        var run = list();

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("(" + SavedRepository.ORDERS + ")", "customers (" + CUSTOMERS + ")");
    }

    @Test
    void listWhenGivenNoRepositoryExitsWith1AndMakesNone() throws Exception {
        var missing = directory.resolve("missing");

        var run = CommandRun.here("list", "--repository", missing);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("not a repository: " + missing);
        assertThat(Files.exists(missing)).isFalse();
    }
}
