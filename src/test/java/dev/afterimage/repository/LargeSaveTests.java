package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.SecondJvm;
import dev.afterimage.repository.read.PageTarget;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More than 2 GiB, through a heap of 48 MiB. */
class LargeSaveTests {

    private static final int PAGE_SIZE = 1024;
    private static final long BYTES = (1L << 31) + (64 << 20);
    private static final long LOCK_BYTE_PAGE = 1L << 30;

    @TempDir
    Path directory;

    @Test
    void saveWhenTheFileIsLargeNeedsLittleMemory() throws Exception {
        var file = sparseFile(directory.resolve("large.db"));

        var command = SecondJvm.command(48, SavingAndReading.class);
        command.add(command.indexOf("-cp"), "-XX:TieredStopAtLevel=4"); // else hashing so much takes minutes
        command.addAll(List.of(file.toString(), directory.resolve("repository").toString()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();

        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).endsWith("the same\n");
    }

    /** Zeros, with something to tell apart at the places that are special. */
    private static Path sparseFile(Path path) throws IOException {
        var header = ByteBuffer.allocate(PAGE_SIZE);
        DatabaseFiles.putHeader(header);
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(BYTES);
            file.write(header.array());
            for (long offset : new long[] {LOCK_BYTE_PAGE, LOCK_BYTE_PAGE + 500, 1L << 31, BYTES - 9}) {
                file.seek(offset);
                file.writeLong(offset);
            }
        }
        return path;
    }

    /** The process that has little memory. */
    static final class SavingAndReading {

        public static void main(String[] arguments) throws IOException {
            var file = Path.of(arguments[0]);
            var repository = TestRepositories.on(new LocalStorage(Path.of(arguments[1]), 0));
            var manifest = repository.save(file, NewSnapshots.any(), PageProgress.NONE);
            try (var reader = repository.open(manifest)) {
                reader.proveTo(PageTarget.NOWHERE, PageProgress.NONE);
                System.out.println(isSame(reader, file) ? "the same" : "not the same");
            }
        }

        private static boolean isSame(SnapshotReader reader, Path file) throws IOException {
            var saved = ByteBuffer.allocate(1 << 20);
            var plain = ByteBuffer.allocate(1 << 20);
            try (var channel = Files.newByteChannel(file)) {
                while (true) {
                    fill(saved.clear(), reader);
                    fill(plain.clear(), channel);
                    if (!saved.flip().equals(plain.flip())) {
                        return false;
                    }
                    if (saved.limit() == 0) {
                        return true;
                    }
                }
            }
        }

        private static void fill(ByteBuffer buffer, java.nio.channels.ReadableByteChannel channel) throws IOException {
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        }
    }
}
