package dev.afterimage.storage.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.afterimage.storage.ObjectInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A storage's directory is rarely its alone: mount points bring {@code lost+found}, operators bring links and notes. */
class ForeignContentTests {

    @TempDir
    Path directory;

    private Path root;
    private LocalStorage storage;

    @BeforeEach
    void create() {
        root = directory.resolve("storage");
        storage = new LocalStorage(root, 0);
    }

    private void put(String key) {
        try (var writer = storage.create()) {
            writer.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            writer.put(key);
        }
    }

    @Test
    void usedBytesWhenThereAreForeignFilesCountsOnlyObjects() throws IOException {
        put("layers/x/object");
        Files.writeString(root.resolve("notes.txt"), "who put this here?");
        Files.writeString(Files.createDirectory(root.resolve("lost+found")).resolve("#1"), "lost");
        Files.writeString(
                Files.createDirectories(root.resolve("layers/lost+found")).resolve("#1"), "lost");
        Files.writeString(Files.createDirectories(root.resolve("tmp/mine")).resolve("file"), "mine");

        assertThat(new LocalStorage(root, 0).usedBytes()).isEqualTo(3);
        assertThat(storage.list("layers/")).hasSize(1);
    }

    @Test
    void usedBytesWhenAForeignDirectoryIsUnreadablePassesOverIt() throws IOException {
        put("layers/x/object");
        for (var foreign : new String[] {"lost+found", "layers/lost+found"}) {
            var unreadable =
                    Files.createDirectory(root.resolve(foreign), PosixFilePermissions.asFileAttribute(Set.of()));
            assumeFalse(Files.isReadable(unreadable), "root reads everything");
        }

        assertThat(new LocalStorage(root, 0).usedBytes()).isEqualTo(3);
        assertThat(storage.list("layers/")).hasSize(1);
        storage.removeLeftovers();
    }

    @Test
    void removeLeftoversWhenThereIsADirectoryOrALinkRemovesOnlyFiles() throws IOException {
        var kept = Files.createDirectories(root.resolve("tmp/directory"));
        var target = Files.writeString(directory.resolve("target"), "not ours");
        var link = Files.createSymbolicLink(root.resolve("tmp/link"), target);
        var leftover = Files.writeString(root.resolve("tmp/leftover"), "left");

        storage.removeLeftovers();

        assertThat(leftover).doesNotExist();
        assertThat(kept).isDirectory();
        assertThat(link).isSymbolicLink();
        assertThat(target).hasContent("not ours");
    }

    @Test
    void listWhenADirectoryIsALinkHasWhatCanBeOpened() throws IOException {
        put("layers/x/object");
        for (var linked : new String[] {"layers", "layers/x"}) {
            var elsewhere = directory.resolve("elsewhere-" + linked.replace('/', '-'));
            Files.move(root.resolve(linked), elsewhere);
            Files.createSymbolicLink(root.resolve(linked), elsewhere);
        }

        storage.open("layers/x/object").close();
        assertThat(storage.list("layers/")).extracting(ObjectInfo::key).containsExactly("layers/x/object");
        assertThat(storage.list("layers/x/")).hasSize(1);
        assertThat(storage.folders("layers/")).containsExactly("x");
        assertThat(new LocalStorage(root, 0).usedBytes()).isEqualTo(3);
        put("layers/x/another");
        storage.delete(List.of("layers/x/object"));
        assertThat(storage.list("layers/")).extracting(ObjectInfo::key).containsExactly("layers/x/another");
    }
}
