package dev.afterimage.backup;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** Files on their way from a client to a job: whole and on the disk, or not there at all. */
class ImportFilesTests {

    private final UUID id = UUID.randomUUID();

    @TempDir
    Path dir;

    private Node node;
    private byte[] whole;

    @BeforeEach
    void makeDatabase() throws IOException {
        node = new Node(dir.resolve("home"), "test-node", null);
        whole = Files.readAllBytes(SampleDatabases.accounts(dir.resolve("old.db"), "DELETE"));
    }

    private ImportFiles files(DataSize max) {
        return new ImportFiles(node, new ImportSettings(max));
    }

    private ImportFiles files() {
        return files(DataSize.ofTerabytes(1_000_000));
    }

    private static InputStream unread() {
        return new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("nothing is to be read");
            }
        };
    }

    @Test
    void receiveHasEachByteAndItsDigestInAFileThatOthersMayNotRead() throws Exception {
        var received = files().receive(id, new ByteArrayInputStream(whole), whole.length);
        assertThat(received.file().path()).isEqualTo(files().of(id)).hasBinaryContent(whole);
        assertThat(received.sha256())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(whole)));
        assertThat(received.file().header().pageSize()).isEqualTo(4096);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(node.uploads())))
                .isEqualTo("rwx------");
    }

    @Test
    void receiveWhenItIsAnnouncedTooLargeOrThereIsNoRoomReadsNothing() {
        assertThatProblem(ProblemCode.REQUEST_TOO_LARGE)
                .isThrownBy(() -> files(DataSize.ofBytes(100)).receive(id, unread(), 101));
        assertThatProblem(ProblemCode.STORAGE_FULL, "some of them are for the catalog")
                .isThrownBy(() -> files().receive(id, unread(), 1L << 59));
        assertThat(node.uploads()).isEmptyDirectory();
    }

    /** A file that does not end must not take what the catalog beside it needs. */
    @Test
    void receiveWhenItFillsTheDiskUnannouncedEndsWhileThereIsRoom() throws Exception {
        Files.createDirectories(node.uploads());
        assumeTrue(
                run(
                                "mount",
                                "-t",
                                "tmpfs",
                                "-o",
                                "size=96m",
                                "tmpfs",
                                node.uploads().toString())
                        == 0,
                "needs to be allowed to mount a tmpfs");
        try {
            var free = new AtomicLong(Long.MAX_VALUE);
            var endless = new InputStream() {
                @Override
                public int read() {
                    return 0;
                }

                @Override
                public int read(byte[] buffer, int offset, int length) throws IOException {
                    free.accumulateAndGet(Files.getFileStore(node.uploads()).getUsableSpace(), Math::min);
                    return length;
                }
            };
            assertThatProblem(ProblemCode.STORAGE_FULL, "some of them are for the catalog")
                    .isThrownBy(() ->
                            files().receive(id, new SequenceInputStream(new ByteArrayInputStream(whole), endless), -1));
            assertThat(free.get()).isBetween(60L << 20, 80L << 20);
            assertThat(node.uploads()).isEmptyDirectory();
        } finally {
            run("umount", node.uploads().toString());
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void receiveWhenItIsLargerThanAllowedAndNotAnnouncedLeavesNothing() {
        var max = DataSize.ofBytes(whole.length - 1);
        assertThatProblem(ProblemCode.REQUEST_TOO_LARGE)
                .isThrownBy(() -> files(max).receive(id, new ByteArrayInputStream(whole), -1));
        assertThat(node.uploads()).isEmptyDirectory();
        files(DataSize.ofBytes(whole.length)).receive(id, new ByteArrayInputStream(whole), -1);
        assertThat(files().of(id)).hasBinaryContent(whole);
    }

    @Test
    void receiveWhenTheBodyBreaksOffLeavesNothing() {
        var breaking = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new EOFException("the client is gone");
            }
        };
        var body = new SequenceInputStream(new ByteArrayInputStream(whole), breaking);
        assertThatProblem(ProblemCode.INVALID_REQUEST, "The body broke off")
                .isThrownBy(() -> files().receive(id, body, -1))
                .withMessageContaining(whole.length + " bytes");
        assertThat(node.uploads()).isEmptyDirectory();
    }

    @Test
    void discardAllButKeepsTheFilesThatAreNeeded() throws Exception {
        var files = files();
        files.receive(id, new ByteArrayInputStream(whole), -1);
        var other = UUID.randomUUID();
        files.receive(other, new ByteArrayInputStream(whole), -1);
        Files.createFile(node.uploads().resolve("half"));
        files.discardAllBut(Set.of(id));
        assertThat(node.uploads()).isDirectoryContaining(files.of(id)::equals);
        files.discard(id);
        files.discard(id);
        assertThat(node.uploads()).isEmptyDirectory();
    }
}
