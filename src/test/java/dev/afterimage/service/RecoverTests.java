package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A home made of a repository alone, as its user sees it. */
class RecoverTests {

    private static final UUID ID = UUID.fromString("0197d0c2-5a00-7000-8000-000000000001");

    @TempDir
    Path directory;

    private CommandRun recover(Object... more) {
        var arguments = new ArrayList<Object>(List.of("recover"));
        arguments.addAll(List.of(more));
        return CommandRun.here(arguments.toArray());
    }

    @Test
    void recoverWhenThereIsNoCopyOfTheCatalogBringsBackWhatTheManifestsSay() throws Exception {
        var repository = new SavedRepository(directory.resolve("repository"));
        var file = directory.resolve("orders.db");
        Users.create(file, "DELETE", 400);
        repository.save(SavedRepository.ORDERS, "orders", 1, file);
        repository.identify(ID);
        var before = repository.content();

        var run = recover("--from", repository.directory(), "--home", directory.resolve("home"));

        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(repository.content()).isEqualTo(before);
    }
}
