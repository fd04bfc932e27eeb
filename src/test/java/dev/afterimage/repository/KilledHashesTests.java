package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.hashes.PageHashCache;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that dies while it writes hashes of pages leaves those that were there, and they still are right. */
class KilledHashesTests {

    @TempDir
    Path dir;

    @Test
    void addWhenKilledLeavesTheHashesOfTheParent() throws Exception {
        var file = DatabaseFiles.write(dir.resolve("orders.db"), 4096, 2048, 1);
        var cached = Files.createDirectory(dir.resolve("cache")).resolve(NewSnapshots.DATABASE.toString());
        var parent = save(dir, file, null, PageProgress.NONE);
        var hashes = Files.readAllBytes(cached);

        KilledProcess.run(0, Killed.class, dir.toString(), parent.id().toString());
        assertThat(cached.resolveSibling(NewSnapshots.DATABASE + ".first")).isNotEmptyFile();
        assertThat(cached).hasBinaryContent(hashes);

        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(10), 1000 * 4096);
        }
        var next = save(dir, file, parent, PageProgress.NONE);
        assertThat(next.newBytes()).isLessThan(10_000);
        assertThat(TestRepositories.content(repository(dir), next)).isEqualTo(Files.readAllBytes(file));
        assertThat(dir.resolve("cache")).isDirectoryNotContaining(path -> !path.equals(cached));
    }

    private static Manifest save(Path dir, Path file, @Nullable Manifest parent, PageProgress progress) {
        var cache = new PageHashCache(dir.resolve("cache"), Duration.ofDays(7), Clock.systemUTC());
        try (var writer = repository(dir).begin(NewSnapshots.DATABASE, parent, cache)) {
            writer.add(file, progress);
            return writer.publish(NewSnapshots.any());
        }
    }

    private static Repository repository(Path dir) {
        return TestRepositories.on(new LocalStorage(dir.resolve("repository"), 0));
    }

    /** Has written some of the hashes when it is killed. */
    static final class Killed {

        private static final int SOME = 1000;

        public static void main(String[] arguments) {
            var dir = Path.of(arguments[0]);
            var parent = repository(dir).find(NewSnapshots.DATABASE, UUID.fromString(arguments[1]));
            save(dir, dir.resolve("orders.db"), parent.orElseThrow(), (done, total) -> {
                if (done >= SOME) {
                    System.out.println("saving");
                    LockSupport.park();
                }
            });
        }
    }
}
