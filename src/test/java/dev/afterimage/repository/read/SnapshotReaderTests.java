package dev.afterimage.repository.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.repository.DatabaseFiles;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.TestRepositories;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotReaderTests {

    private static final int[] PAGE_SIZES = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536};

    @Test
    void readWhenAnywhereGivesWhatThePlainFileHas(@TempDir Path directory) throws IOException {
        var repository = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
        for (long seed = 0; seed < 16; seed++) {
            var random = new SplittableRandom(seed);
            int pageSize = PAGE_SIZES[random.nextInt(PAGE_SIZES.length)];
            long pageCount = random.nextInt(1, 6_000_000) / pageSize + 1;
            var file = DatabaseFiles.write(directory.resolve(seed + ".db"), pageSize, pageCount, seed);
            var manifest = repository.save(file, NewSnapshots.any(), PageProgress.NONE);
            try (var reader = repository.open(manifest);
                    var plain = Files.newByteChannel(file)) {
                assertThat(reader.size()).isEqualTo(plain.size());
                for (int reads = random.nextInt(20); reads > 0; reads--) {
                    long position = (long) (random.nextDouble(1.01) * plain.size());
                    int bytes = random.nextInt(3_000_000);
                    assertThat(readFully(reader, position, bytes))
                            .as("%d bytes at %d, seed %d", bytes, position, seed)
                            .isEqualTo(readFully(plain, position, bytes));
                    assertThat(reader.position()).isEqualTo(plain.position());
                }
            }
            Files.delete(file);
        }
    }

    private static ByteBuffer readFully(SeekableByteChannel channel, long position, int bytes) throws IOException {
        var buffer = ByteBuffer.allocate(bytes);
        channel.position(position);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        return buffer.flip();
    }

    private static SnapshotReader open(Path directory, long pageCount) throws IOException {
        var file = DatabaseFiles.write(directory.resolve("a.db"), 4096, pageCount, 1);
        var repository = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
        return repository.open(repository.save(file, NewSnapshots.any(), PageProgress.NONE));
    }

    @Test
    void readWhenSequentialDecompressesEachBlockOnce(@TempDir Path directory) throws IOException {
        try (var reader = open(directory, 256 * 10 + 1)) {
            assertThat(reader.blocksRead()).isZero();

            var buffer = ByteBuffer.allocate(1000);
            while (reader.read(buffer.clear()) > 0) {}

            assertThat(reader.blocksRead()).isEqualTo(11);
        }
    }

    @Test
    void readWhenAtARandomPlaceDecompressesOneBlock(@TempDir Path directory) throws IOException {
        try (var reader = open(directory, 256 * 10)) {
            readFully(reader, 256 * 4096 * 5 + 8192, 4096);

            assertThat(reader.blocksRead()).isEqualTo(1);

            readFully(reader, 256 * 4096 * 5, 4096);
            readFully(reader, 256 * 4096 * 2 + 8192, 4096);

            assertThat(reader.blocksRead()).isEqualTo(2);
        }
    }

    @Test
    void readWhenClosedIsRefused(@TempDir Path directory) throws IOException {
        var reader = open(directory, 1);
        assertThat(reader.isOpen()).isTrue();

        reader.close();
        reader.close();

        assertThat(reader.isOpen()).isFalse();
        assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(reader::position).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void writeWhenCalledIsRefused(@TempDir Path directory) throws IOException {
        try (var reader = open(directory, 1)) {
            assertThatThrownBy(() -> reader.write(ByteBuffer.allocate(1)))
                    .isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> reader.truncate(0)).isInstanceOf(NonWritableChannelException.class);
        }
    }
}
