package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabasePathsTests {

    @TempDir
    Path dir;

    private Path root;
    private Path outside;
    private DatabasePaths paths;

    @BeforeEach
    void makeRoots() throws IOException {
        dir = dir.toRealPath();
        root = Files.createDirectory(dir.resolve("root"));
        outside = Files.createDirectory(dir.resolve("outside"));
        Files.createFile(outside.resolve("secret.db"));
        paths = new DatabasePaths(new DatabaseRoots(List.of(root)), new Node(root.resolve("home"), "node"));
    }

    @Test
    void existingWhenUnderARootIsItsRealPath() throws IOException {
        var file = Files.createFile(root.resolve("app.db"));
        var link = Files.createSymbolicLink(root.resolve("link.db"), file);
        assertThat(paths.existing(file.toString())).isEqualTo(file);
        assertThat(paths.existing(link.toString())).isEqualTo(file);
    }

    @Test
    void existingWhenTheRootItselfIsALinkIsAllowed() throws IOException {
        var file = Files.createFile(outside.resolve("app.db"));
        var linkedRoot = Files.createSymbolicLink(dir.resolve("linked-root"), outside);
        var linked = new DatabasePaths(new DatabaseRoots(List.of(linkedRoot)), new Node(dir.resolve("home"), "node"));
        assertThat(linked.existing(linkedRoot.resolve("app.db").toString())).isEqualTo(file);
    }

    @Test
    void existingWhenMissingIsLeftToWhoeverOpensIt() {
        assertThat(paths.existing(root.resolve("missing.db").toString())).isEqualTo(root.resolve("missing.db"));
    }

    @Test
    void pathsWhenTheyLeadOutOfTheRootsAreRefused() throws IOException {
        Files.createSymbolicLink(root.resolve("file-link.db"), outside.resolve("secret.db"));
        Files.createSymbolicLink(root.resolve("dir-link"), outside);
        refused("app.db", "not absolute");
        refused(root + "/../outside/secret.db", "'..'");
        refused(root + "/x/../app.db", "'..'");
        refused(outside.resolve("secret.db").toString(), "outside");
        refused(outside.resolve("missing.db").toString(), "outside");
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.existing(root.resolve("file-link.db").toString()));
        refused(root.resolve("dir-link/secret.db").toString(), "outside");
        refused(root.resolve("dir-link/missing.db").toString(), "outside");
        refused(root + "-sibling/app.db", "outside");
        refused(root.toString(), "outside");
        refused("/", "not allowed");
        refused("/a\0b", "control characters");
        refused(root + "/a\nINFO all is well", "control characters");
    }

    @Test
    void pathsInsideOfTheHomeAreRefused() throws IOException {
        refused(root.resolve("home/catalog.db").toString(), "inside of afterimage.home");
        Files.createSymbolicLink(root.resolve("innocent"), root.resolve("home"));
        refused(root.resolve("innocent/catalog.db").toString(), "inside of afterimage.home");
    }

    @Test
    void creatableWhenTheDirectoryIsMissingIsRefused() {
        assertThat(paths.creatable(root.resolve("new.db").toString())).isEqualTo(root.resolve("new.db"));
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.creatable(root.resolve("app.db-journal").toString()))
                .withMessageContaining("part of another database");
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.creatable(root.resolve("missing/new.db").toString()))
                .withMessageContaining("directory does not exist");
    }

    private void refused(String path, String why) {
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.existing(path))
                .withMessageContaining(why);
        assertThatExceptionOfType(PathNotAllowedException.class).isThrownBy(() -> paths.creatable(path));
    }
}
