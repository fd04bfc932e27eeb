package dev.afterimage.sqlite.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.content.Schema;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.replace.LiveReplace;
import dev.afterimage.sqlite.replace.LiveTarget;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Applications put another file in a database's place, at any moment. */
class ReplacedFileTests {

    /** In which the file is back in time; only on a machine that stands still is it not in each. */
    private static final int ROUNDS = 20;

    @TempDir
    Path directory;

    private Path database;

    @BeforeEach
    void makeDatabase() throws Exception {
        directory = directory.toRealPath();
        database = SampleDatabases.accounts(directory.resolve("live.db"), "DELETE");
    }

    /** What is done for an HTTP request, and not by a job that could be tried again. */
    enum Look {
        FACTS {
            @Override
            void at(Path database) {
                DatabaseFacts.read(database);
            }
        },
        SCHEMA {
            @Override
            void at(Path database) {
                Schema.ofLive(database, Duration.ZERO);
            }
        },
        CHECKPOINT {
            @Override
            void at(Path database) {
                Checkpoint.run(database, Checkpoint.Mode.PASSIVE, Duration.ZERO);
            }
        },
        PREVIEW {
            @Override
            void at(Path database) throws Exception {
                var header = DatabaseHeader.parse(Files.readAllBytes(database));
                LiveReplace.requireReplaceable(database, header, 4096, Duration.ZERO);
            }
        };

        abstract void at(Path database) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void lookWhileAnotherFileIsPutInItsPlaceLooksAtThatOne(Look look) {
        try (var replacing = OtherProcess.start(ReplacingAtIntervals.class, database)) {
            replacing.awaitLine("replacing");
            while (replacing.isAlive()) {
                assertThatCode(() -> look.at(database)).doesNotThrowAnyException();
            }
            assertThat(replacing.awaitExit()).isZero();
        }
    }

    /** As VACUUM INTO and a rename do it. */
    static final class ReplacingAtIntervals {

        private static final long INTERVAL_NANOS = 40_000_000;

        public static void main(String[] arguments) throws Exception {
            var database = Path.of(arguments[0]);
            var next = database.resolveSibling("next.db");
            System.out.println("replacing");
            for (int replacement = 0; replacement < 20; replacement++) {
                Files.copy(database, next);
                LockSupport.parkNanos(INTERVAL_NANOS);
                Files.move(next, database, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    @Test
    void evenIfReplacedWhenItIsReplacedEachTimeThrowsReplaced() {
        var looks = new AtomicInteger();

        assertThatExceptionOfType(SourceException.Replaced.class)
                .isThrownBy(() -> Attempts.evenIfReplaced(() -> {
                    looks.incrementAndGet();
                    throw new SourceException.Replaced(database);
                }));

        assertThat(looks.get()).isBetween(3, 10);
    }

    @Test
    void findWhenTheFileIsGoneForAMomentFindsTheNextOne() throws Exception {
        int found = 0;
        for (int round = 0; round < ROUNDS && found == 0; round++) {
            found += isFoundWhenItComesBack(() -> SourceFile.find(database)) ? 1 : 0;
            found += isFoundWhenItComesBack(() -> LiveTarget.find(database)) ? 1 : 0;
        }
        assertThat(found).isPositive();
    }

    private boolean isFoundWhenItComesBack(Callable<SourceFile> find) throws Exception {
        var aside = Files.move(database, directory.resolve("aside.db"));
        var finding = new FutureTask<>(find);
        var thread = Thread.ofPlatform().start(finding);
        while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
            Thread.onSpinWait();
        }
        Files.move(aside, database);
        try {
            return finding.get().path().equals(database);
        } catch (ExecutionException e) {
            assertThat(e).hasRootCauseInstanceOf(NoSuchFileException.class);
            return false;
        }
    }

    /** Its application closes the database as the last one, and opens it again. */
    @Test
    void readShmWhileItComesAndGoesReadsItOrNothing() {
        var file = SourceFile.find(database);
        try (var application = OtherProcess.start(ComingAndGoing.class, Beside.shm(database))) {
            application.awaitLine("coming and going");
            for (int look = 0; look < 2_000; look++) {
                var live = LiveFile.enter(file);
                try {
                    assertThatCode(() -> live.readShm(ByteBuffer.allocate(8))).doesNotThrowAnyException();
                } finally {
                    live.leave();
                }
            }
        }
    }

    @Test
    void notesOnOwnersWhileTheWalComesAndGoesTellOfTheOther() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Files.setAttribute(Files.createFile(Beside.shm(database)), "unix:uid", 12345);
        var file = SourceFile.find(database);
        try (var application = OtherProcess.start(ComingAndGoing.class, Beside.wal(database))) {
            application.awaitLine("coming and going");
            for (int look = 0; look < 500; look++) {
                assertThat(file.notesOnOwners()).singleElement().asString().contains("live.db-shm belongs to 12345");
            }
        }
    }

    /** A file, until the process is killed. */
    static final class ComingAndGoing {

        public static void main(String[] arguments) throws Exception {
            var file = Path.of(arguments[0]);
            System.out.println("coming and going");
            while (true) {
                Files.write(file, new byte[8]);
                Files.delete(file);
            }
        }
    }
}
