package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotReaderTests {

    record Read(double where, int bytes) {}

    @Provide
    Arbitrary<Integer> pageSizes() {
        return Arbitraries.of(512, 1024, 2048, 4096, 8192, 16384, 32768, 65536);
    }

    @Provide
    Arbitrary<List<Read>> reads() {
        return Combinators.combine(
                        Arbitraries.doubles().between(0, 1.01),
                        Arbitraries.integers().between(0, 3_000_000))
                .as(Read::new)
                .list()
                .ofMaxSize(20);
    }

    @Property(tries = 40, seed = "1")
    void readWhenAnywhereGivesWhatThePlainFileHas(
            @ForAll("pageSizes") int pageSize,
            @ForAll("reads") List<Read> reads,
            @ForAll @net.jqwik.api.constraints.IntRange(min = 1, max = 6_000_000) int bytes,
            @ForAll long seed)
            throws IOException {
        var directory = Files.createTempDirectory("reader");
        try {
            var file = DatabaseFiles.write(directory.resolve("a.db"), pageSize, bytes / pageSize + 1, seed);
            var repository = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
            var manifest = repository.save(file, NewSnapshots.any(), PageProgress.NONE);
            try (var reader = repository.open(manifest);
                    var plain = Files.newByteChannel(file)) {
                assertThat(reader.size()).isEqualTo(plain.size());
                for (var read : reads) {
                    long position = (long) (read.where * plain.size());
                    assertThat(readFully(reader, position, read.bytes))
                            .isEqualTo(readFully(plain, position, read.bytes));
                    assertThat(reader.position()).isEqualTo(plain.position());
                }
            }
            repository.delete(manifest.databaseId(), manifest.id());
        } finally {
            try (var files = Files.walk(directory)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            }
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
