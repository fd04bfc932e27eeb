package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The locks of this process's connections stand while Java reads the same file: only another process can tell. */
class LiveFileTests {

    private static final Burst AT_ONCE = new Burst(Duration.ZERO);
    private static final CaptureOptions UNLIMITED = new CaptureOptions(Duration.ZERO, 0);
    private static final String WRITE = "UPDATE account SET balance = balance WHERE id = 1";

    @TempDir
    Path directory;

    private Path source;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
    }

    static Stream<Arguments> locksThatKeepWritersOut() {
        return Stream.of(
                Arguments.of("DELETE", "BEGIN", "SELECT * FROM account LIMIT 1"),
                Arguments.of("DELETE", "BEGIN IMMEDIATE", WRITE),
                Arguments.of("WAL", "BEGIN IMMEDIATE", WRITE));
    }

    @ParameterizedTest
    @MethodSource("locksThatKeepWritersOut")
    void locksOfOtherConnectionsOfThisProcessStandWhenAScanHasEnded(String journalMode, String begin, String sql)
            throws Exception {
        SampleDatabases.accounts(source, journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source);
                var connection = LiveConnection.readWrite(SourceFile.find(source), AT_ONCE)) {
            application.awaitLine("obeying");
            Connections.execute(connection.sql(), begin);
            Connections.execute(connection.sql(), sql);

            Scan.run(source, UNLIMITED, null, new PlainFile(directory.resolve("scanned.db")), PageProgress.NONE);

            assertThat(application.ask(WRITE)).isEqualTo("busy");
            Connections.execute(connection.sql(), "COMMIT");
            assertThat(application.ask(WRITE)).isEqualTo("done");
        }
    }

    /** What the test above would not notice if it could not fail. */
    @ParameterizedTest
    @MethodSource("locksThatKeepWritersOut")
    void closingAChannelOfOnesOwnDropsThem(String journalMode, String begin, String sql) throws Exception {
        SampleDatabases.accounts(source, journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source);
                var connection = LiveConnection.readWrite(SourceFile.find(source), AT_ONCE)) {
            application.awaitLine("obeying");
            Connections.execute(connection.sql(), begin);
            Connections.execute(connection.sql(), sql);

            FileChannel.open(journalMode.equals("WAL") ? Beside.shm(source) : source)
                    .close();

            assertThat(application.ask(WRITE)).isEqualTo("done");
        }
    }

    @Test
    void locksStandWhenTheThreadThatReadsIsInterrupted() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source);
                var connection = LiveConnection.readWrite(SourceFile.find(source), AT_ONCE)) {
            application.awaitLine("obeying");
            Connections.execute(connection.sql(), "BEGIN IMMEDIATE");
            var interrupted = new ArrayList<Boolean>();

            var reader = Thread.ofPlatform().start(() -> {
                Thread.currentThread().interrupt();
                connection.live().read(ByteBuffer.allocate(4096), 0);
                interrupted.add(Thread.interrupted());
            });
            reader.join();

            assertThat(interrupted)
                    .as("it got its bytes, and stayed interrupted")
                    .containsExactly(true);
            assertThat(application.ask(WRITE)).isEqualTo("busy");
        }
    }

    @Test
    void locksStandWhileManyScansComeAndGo() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source)) {
            application.awaitLine("obeying");
            for (int round = 0; round < 5; round++) {
                var start = new CountDownLatch(1);
                var scans = Stream.generate(() -> Thread.ofPlatform().start(() -> scanWhenTold(start)))
                        .limit(4)
                        .toList();
                start.countDown();
                try (var connection = LiveConnection.readWrite(SourceFile.find(source), AT_ONCE)) {
                    Connections.execute(connection.sql(), "BEGIN IMMEDIATE");
                    for (var scan : scans) {
                        scan.join();
                    }
                    assertThat(application.ask(WRITE)).isEqualTo("busy");
                }
            }
        }
        assertThat(descriptors()).isEmpty();
    }

    private void scanWhenTold(CountDownLatch start) {
        try {
            start.await();
            Scan.run(
                    source,
                    UNLIMITED,
                    null,
                    (pages, progress) -> pages.read(1, ByteBuffer.allocate(4096)),
                    PageProgress.NONE);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void noDescriptorStaysOpenWhenAScanHasEnded(String journalMode) throws Exception {
        assumeThat(Path.of("/proc/self/fd")).isDirectory();
        SampleDatabases.accounts(source, journalMode);
        var during = new ArrayList<String>();

        Scan.run(
                source,
                UNLIMITED,
                null,
                (pages, progress) -> {
                    pages.read(1, ByteBuffer.allocate(4096));
                    during.addAll(descriptors());
                },
                PageProgress.NONE);

        assertThat(during).contains("source.db");
        assertThat(descriptors()).isEmpty();
    }

    @Test
    void noDescriptorStaysOpenWhenAScanWasCancelled() {
        SampleDatabases.accounts(source, "WAL");

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> Scan.run(
                        source, UNLIMITED, null, new PlainFile(directory.resolve("scanned.db")), (done, total) -> {
                            throw new CancellationException();
                        }));

        assertThat(descriptors()).isEmpty();
    }

    /** What it counted would else stay in use, and shut out whoever needs the file alone, until the service ends. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void leaveWhenAChannelCannotBeClosedClosesTheOthersAndLeaves() throws Throwable {
        SampleDatabases.accounts(source, "WAL");
        var file = SourceFile.find(source);
        var connection = LiveConnection.readOnly(file, AT_ONCE);
        Connections.number(connection.sql(), "SELECT count(*) FROM account");
        var live = LiveFile.enter(file);
        live.read(ByteBuffer.allocate(100), 0);
        live.readShm(ByteBuffer.allocate(100));
        connection.close();
        closeBehindItsBack("source.db");
        assertThat(descriptors()).containsExactly("source.db-shm");

        assertThatProblem(ProblemCode.SOURCE_UNREADABLE, "cannot be read").isThrownBy(live::leave);

        assertThat(descriptors()).isEmpty();
        LiveFile.enterAlone(file).orElseThrow().leave();
    }

    /** So that Java's close of the same descriptor fails, as it would with EIO. */
    private void closeBehindItsBack(String name) throws Throwable {
        var linker = Linker.nativeLinker();
        var close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        for (var descriptor : descriptorsByNumber().entrySet()) {
            if (descriptor.getValue().equals(name)) {
                assertThat((int) close.invokeExact((int) descriptor.getKey())).isZero();
            }
        }
    }

    /** Names of the files in the test's directory that this process has open. */
    private List<String> descriptors() {
        return List.copyOf(descriptorsByNumber().values());
    }

    private Map<Integer, String> descriptorsByNumber() {
        try (var links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            var names = new TreeMap<Integer, String>();
            for (var link : links) {
                try {
                    var file = Files.readSymbolicLink(link);
                    if (file.startsWith(directory) && Files.exists(file)) {
                        names.put(
                                Integer.parseInt(link.getFileName().toString()),
                                file.getFileName().toString());
                    }
                } catch (NoSuchFileException closed) {
                    // by another thread meanwhile
                }
            }
            return names;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What lies beside the old name may belong to another database by now, its -shm above all. */
    @Test
    void scanWhenTheFileIsInUseHereUnderAnotherNameIsRefused() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        var renamed = directory.resolve("renamed.db");
        try (var connection = LiveConnection.readOnly(SourceFile.find(source), AT_ONCE)) {
            Connections.execute(connection.sql(), "BEGIN");
            Connections.number(connection.sql(), "SELECT count(*) FROM account");
            Files.move(source, renamed);
            Files.copy(renamed, source);

            assertThatExceptionOfType(SourceException.Replaced.class)
                    .isThrownBy(() -> Scan.run(
                            renamed,
                            UNLIMITED,
                            null,
                            new PlainFile(directory.resolve("scanned.db")),
                            PageProgress.NONE));
        }
        Scan.run(renamed, UNLIMITED, null, new PlainFile(directory.resolve("scanned.db")), PageProgress.NONE);
        assertThat(Files.readAllBytes(directory.resolve("scanned.db"))).isEqualTo(Files.readAllBytes(renamed));
    }
}
