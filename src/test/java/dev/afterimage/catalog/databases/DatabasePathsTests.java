package dev.afterimage.catalog.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.sqlite.OtherProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
        paths = new DatabasePaths(new DatabaseRoots(List.of(root)), new Node(root.resolve("home"), "node", null));
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
        var linked =
                new DatabasePaths(new DatabaseRoots(List.of(linkedRoot)), new Node(dir.resolve("home"), "node", null));
        assertThat(linked.existing(linkedRoot.resolve("app.db").toString())).isEqualTo(file);
    }

    @Test
    void startWhenARootIsNotThereIsRefused() {
        var missing = dir.resolve("not-mounted");
        var unmounted = new DatabasePaths(
                new DatabaseRoots(List.of(root, missing)), new Node(dir.resolve("home"), "node", null));
        assertThatExceptionOfType(StartRefusedException.class)
                .isThrownBy(unmounted::afterSingletonsInstantiated)
                .withMessageContaining(missing + " of afterimage.databases.roots is no directory");
    }

    @Test
    void existingWhenMissingIsLeftToWhoeverOpensIt() {
        assertThat(paths.existing(root.resolve("missing.db").toString())).isEqualTo(root.resolve("missing.db"));
    }

    @Test
    void existingWhenItIsARootItselfSaysSo() {
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.existing(root.toString()))
                .withMessageContaining("it is a directory of afterimage.databases.roots itself");
    }

    /** An application deletes its database and makes it anew. */
    @Test
    void existingWhileTheFileComesAndGoesIsItsPath() {
        var file = root.resolve("app.db");
        try (var application = OtherProcess.start(ComingAndGoing.class, file)) {
            application.awaitLine("coming and going");
            for (int look = 0; look < 5_000; look++) {
                assertThat(paths.existing(file.toString())).isEqualTo(file);
            }
        }
    }

    static final class ComingAndGoing {

        public static void main(String[] arguments) throws IOException {
            var file = Path.of(arguments[0]);
            System.out.println("coming and going");
            while (true) {
                Files.createFile(file);
                Files.delete(file);
            }
        }
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
    void pathsInsideOfARepositoryElsewhereAreRefused() throws IOException {
        var place = root.resolve("vault");
        var elsewhere = new DatabasePaths(
                new DatabaseRoots(List.of(root)),
                new Node(root.resolve("home"), "node", new Node.Place(place.toString())));
        assertRefused(elsewhere, place.resolve("new.db"));
        Files.createDirectories(place.resolve("layers"));
        assertRefused(elsewhere, place.resolve("layers/new.db"));
        var identity = Files.createFile(place.resolve("repository.json"));
        Files.createLink(root.resolve("innocent.db"), identity);
        assertRefused(elsewhere, root.resolve("innocent.db"));
        assertThat(elsewhere.creatable(root.resolve("new.db").toString())).isNotNull();
    }

    private static void assertRefused(DatabasePaths paths, Path path) {
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.existing(path.toString()))
                .withMessageContaining("or of the repository");
    }

    /** As through a bind mount, under which the same directory or file has another path. */
    @Test
    void filesOfTheHomeWhenTheyHaveAnotherPathAreRefused() throws IOException {
        var catalog = Files.createFile(root.resolve("home/catalog.db"));
        Files.createLink(root.resolve("innocent.db"), catalog);
        refused(root.resolve("innocent.db").toString(), "inside of afterimage.home");
        var linkedHome = Files.createSymbolicLink(dir.resolve("linked-home"), root.resolve("home"));
        var linked = new DatabasePaths(new DatabaseRoots(List.of(root)), new Node(linkedHome, "node", null));
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(
                        () -> linked.existing(root.resolve("home/staging/x.db").toString()))
                .withMessageContaining("inside of afterimage.home");
    }

    @Test
    void filesOfTheHomeWhenADirectoryOfItIsALinkAreRefused() throws IOException {
        var disk =
                Files.createDirectories(root.resolve("disk/repository/layers")).getParent();
        Files.createSymbolicLink(root.resolve("home/repository"), disk);
        refused(disk.resolve("new.db").toString(), "inside of afterimage.home");
        refused(disk.resolve("layers/new.db").toString(), "inside of afterimage.home");
        assertThat(paths.creatable(root.resolve("disk/new.db").toString())).isNotNull();
    }

    @Test
    void homeWhenItIsBoundElsewhereIsRefused() throws Exception {
        var bound = Files.createDirectory(root.resolve("bound"));
        Files.createFile(root.resolve("home/catalog.db"));
        assumeThat(run("mount", "--bind", root.resolve("home").toString(), bound.toString()))
                .isZero();
        try {
            refused(bound.resolve("catalog.db").toString(), "inside of afterimage.home");
            refused(bound.resolve("staging/new.db").toString(), "inside of afterimage.home");
        } finally {
            run("umount", bound.toString());
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor();
    }

    @Test
    void existingOfADatabaseWhenALinkHasComeIntoItsPathIsRefused() throws IOException {
        var directory = Files.createDirectory(root.resolve("app"));
        var database = new Database(
                UUID.randomUUID(),
                "app",
                Files.createFile(directory.resolve("app.db")).toString(),
                directory.resolve("app.db").toString(),
                Map.of(),
                "node",
                Instant.EPOCH,
                null);
        assertThat(paths.existing(database)).isEqualTo(database.path());
        assertThat(paths.creatable(database.path())).isEqualTo(database.path());

        Files.move(directory, root.resolve("elsewhere"));
        Files.createSymbolicLink(directory, root.resolve("elsewhere"));

        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.existing(database))
                .withMessageContaining("symbolic link");
        assertThatExceptionOfType(PathNotAllowedException.class).isThrownBy(() -> paths.creatable(database.path()));
    }

    @Test
    void pathsWhenTheyForgeLinesOrHideTheirEndAreRefused() {
        for (var character :
                List.of("\n", "\r", "\t", "\u001b[31m", "\u007f", "\u009b", "\u2028", "\u2029", "\u202e")) {
            refused(root + "/a" + character + "b.db", "control characters");
        }
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> paths.existing(root + "/a\u001b[2Jb.db"))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u001b"));
    }

    @Test
    void pathsWhenWrittenInAnotherWayAreTheSameFile() throws IOException {
        var file = Files.createFile(root.resolve("app.db"));
        for (var path : List.of(root + "//app.db", root + "/./app.db", file + "/", "/proc/self/root" + file)) {
            assertThat(paths.existing(path)).as(path).isEqualTo(file);
        }
        assertThat(paths.existing(root + "/app.db.")).isEqualTo(root.resolve("app.db."));
        refused("/proc/self/environ", "outside");
        refused("/proc/self/cwd/x.db", "outside");
        refused("/dev/zero", "outside");
    }

    @Test
    void creatableWhenNamesBesideItWouldBeTooLongIsRefused() {
        assertThat(paths.creatable(root.resolve("ü" + "n".repeat(245)).toString()))
                .isNotNull();
        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() ->
                        paths.creatable(root.resolve("ü" + "n".repeat(246)).toString()))
                .withMessageContaining("longer than 247 bytes");
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
