package dev.afterimage.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.content.Schema;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.Holders;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.SourceSet;
import dev.afterimage.sqlite.replace.LiveReplace;
import dev.afterimage.sqlite.replace.SoleUse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever lies where a database is registered: whoever looks, and whoever captures it, leaves all as it is, by name, inode and content.
 * What may be there afterwards is what a reader of the application itself leaves, and is named in {@link #asAReaderLeaves} and {@link
 * #asRolledBack}.
 */
class ReadingChangesNothingTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);
    private static final int PAGE_SIZE = 4096;

    /** Most of the time is spent on looking again whether a journal still is hot. */
    private static final int AT_A_TIME = 16;

    private enum Main {
        GOOD(bytes -> bytes),
        EMPTY(bytes -> new byte[0]),
        ZEROS(bytes -> new byte[bytes.length]),
        CUT(bytes -> Arrays.copyOf(bytes, bytes.length / 2 + PAGE_SIZE / 3)),
        MISSING(bytes -> null);

        final UnaryOperator<byte[]> from;

        Main(UnaryOperator<byte[]> from) {
            this.from = from;
        }
    }

    private enum Wal {
        NONE,
        VALID,
        OF_ANOTHER_GENERATION,
        GARBAGE
    }

    private enum Shm {
        NONE,
        THERE
    }

    private enum Journal {
        NONE,
        HOT,
        WITH_ZEROED_HEADER,
        GARBAGE
    }

    /** What may lie there, each under the name that it is to have. */
    private record Case(Main main, Wal wal, Shm shm, Journal journal) {

        static Stream<Case> all() {
            return Stream.of(Main.values())
                    .flatMap(main -> Stream.of(Wal.values())
                            .flatMap(wal -> Stream.of(Shm.values())
                                    .flatMap(shm -> Stream.of(Journal.values())
                                            .map(journal -> new Case(main, wal, shm, journal)))));
        }

        /** A database to which this can be done while an application has it: nothing that it has open is to be missing beside it. */
        Path layGood(Path directory, String name) throws IOException {
            var database = Files.createDirectories(directory).resolve(name);
            boolean inWalMode = wal != Wal.NONE && shm != Shm.NONE;
            write(database, inWalMode ? walDatabase : rollbackDatabase);
            write(Beside.wal(database), inWalMode ? validWal : null);
            return database;
        }

        /** In the files that are there already, as {@code cp} does. */
        Path lay(Path directory, String name) throws IOException {
            var database = Files.createDirectories(directory).resolve(name);
            write(database, main.from.apply(journal == Journal.HOT && wal == Wal.NONE ? spilled : walDatabase));
            write(
                    Beside.wal(database),
                    switch (wal) {
                        case NONE -> null;
                        case VALID -> validWal;
                        case OF_ANOTHER_GENERATION -> olderWal;
                        case GARBAGE -> garbage(20 * PAGE_SIZE);
                    });
            write(
                    Beside.shm(database),
                    switch (shm) {
                        case NONE -> null;
                        case THERE -> olderShm;
                    });
            write(
                    Beside.journal(database),
                    switch (journal) {
                        case NONE -> null;
                        case HOT -> hotJournal;
                        case WITH_ZEROED_HEADER -> zeroed(hotJournal);
                        case GARBAGE -> garbage(3 * PAGE_SIZE);
                    });
            return database;
        }

        private static void write(Path file, byte[] content) throws IOException {
            if (content != null) {
                Files.write(file, content);
            } else {
                Files.deleteIfExists(file);
            }
        }

        private static byte[] garbage(int bytes) {
            var garbage = new byte[bytes];
            Arrays.fill(garbage, (byte) 0x5a);
            return garbage;
        }

        private static byte[] zeroed(byte[] journal) {
            var zeroed = journal.clone();
            Arrays.fill(zeroed, 0, 28, (byte) 0);
            return zeroed;
        }

        boolean seemsToHaveHotJournal() {
            return journal == Journal.HOT || journal == Journal.GARBAGE;
        }

        /** Whether SQLite uses a WAL, and so makes what is missing of it. */
        boolean isInWalMode() {
            return main == Main.GOOD && !(journal == Journal.HOT && wal == Wal.NONE)
                    || wal != Wal.NONE
                    || main == Main.CUT;
        }
    }

    private static byte[] walDatabase;
    private static byte[] validWal;
    private static byte[] olderWal;
    private static byte[] olderShm;
    private static byte[] rollbackDatabase;
    private static byte[] spilled;
    private static byte[] hotJournal;

    @TempDir
    Path directory;

    @BeforeAll
    static void makeWhatLiesThere(@TempDir Path directory) throws Exception {
        var wal = SampleDatabases.accounts(directory.resolve("wal.db"), "WAL");
        try (var application = SampleDatabases.open(wal)) {
            SampleDatabases.execute(application, "PRAGMA wal_autocheckpoint = 0");
            SampleDatabases.execute(application, "UPDATE account SET note = 'older' WHERE id % 7 = 0");
            olderWal = Files.readAllBytes(Beside.wal(wal));
            olderShm = Files.readAllBytes(Beside.shm(wal));
            SampleDatabases.execute(application, "PRAGMA wal_checkpoint(TRUNCATE)");
            SampleDatabases.execute(application, "UPDATE account SET note = 'newer' WHERE id % 5 = 0");
            walDatabase = Files.readAllBytes(wal);
            validWal = Files.readAllBytes(Beside.wal(wal));
        }
        var rollback = SampleDatabases.accounts(directory.resolve("rollback.db"), "DELETE");
        rollbackDatabase = Files.readAllBytes(rollback);
        try (var application = SampleDatabases.open(rollback)) {
            SampleDatabases.execute(application, "PRAGMA cache_size = 5");
            SampleDatabases.execute(application, "BEGIN");
            SampleDatabases.execute(application, "UPDATE account SET note = 'never committed'");
            spilled = Files.readAllBytes(rollback);
            hotJournal = Files.readAllBytes(Beside.journal(rollback));
        }
    }

    @Test
    void whoeverLooksLeavesAllAsItIs() throws Exception {
        inParallel((item, number) -> {
            var database = item.lay(directory.resolve("look" + number), "look" + number + ".db");
            var before = FileOnDisk.in(database.getParent());
            look(database);
            assertThat(FileOnDisk.in(database.getParent()))
                    .as("%s", item)
                    .isEqualTo(asAReaderLeaves(item, before, FileOnDisk.in(database.getParent())));
        });
    }

    @Test
    void whoeverCapturesLeavesAllAsItIsOrAsAReaderDoesAndHasWhatThatWouldRead() throws Exception {
        inParallel((item, number) -> {
            var application =
                    Reading.of(item.lay(directory.resolve("application" + number), "application" + number + ".db"));
            for (var method : waysToCapture(item, number)) {
                var name = method + "" + number;
                var database = item.lay(directory.resolve(name), name + ".db");
                var before = FileOnDisk.in(database.getParent());
                var copy = directory.resolve(name + "-copy.db");
                boolean captured = isCaptured(method, database, copy);
                var after = FileOnDisk.in(database.getParent());
                assertThat(after)
                        .as("%s %s", item, method)
                        .isIn(asAReaderLeaves(item, before, after), asRolledBack(item, before, after, application));
                if (captured && passesItsCheck(copy)) {
                    assertThat(application.content())
                            .as("%s %s", item, method)
                            .isEqualTo(SampleDatabases.content(copy));
                }
            }
        });
    }

    /** A whole database is captured in all ways, with whatever lies beside it. Any other main file has its turn: {@link #all}. */
    private static List<CopyBy> waysToCapture(Case item, int number) {
        var ways = List.of(CopyBy.values());
        return all(item) ? ways : List.of(turn(ways, number));
    }

    /** All with all: {@code -Dtorture.minutes}. */
    private static boolean all(Case item) {
        return item.main == Main.GOOD || !Torture.TIME.isZero();
    }

    /** One for each case, so that each has its turn with each main file and with each journal. */
    private static <T> T turn(List<T> each, int number) {
        int journals = Journal.values().length;
        return each.get((number / journals + number % journals) % each.size());
    }

    /** Here nobody may do for the application what only it can know: not even roll back what seems to be a hot journal. */
    @Test
    void whoeverLooksOrCapturesBesideAnApplicationLeavesAllAsItIsAndHasWhatThatWouldRead() throws Exception {
        try (var application = new ApplicationOfMany()) {
            inParallel((item, number) -> {
                var place = directory.resolve("beside" + number);
                var database = item.layGood(place, "beside" + number + ".db");
                application.open(database);
                item.lay(place, "beside" + number + ".db");
                var before = FileOnDisk.in(place);

                var captured = new ArrayList<List<String>>();
                for (var reader : readersBesideAnApplication(item, number)) {
                    var copy = directory.resolve("beside%d-%s.db".formatted(number, UUID.randomUUID()));
                    reader.read(database, copy).ifPresent(captured::add);
                    var after = FileOnDisk.in(place);
                    assertThat(after).as("%s", item).isEqualTo(asAReaderLeaves(item, before, after));
                }
                if (!captured.isEmpty()) {
                    var content = Reading.of(database).content(); // last: it may settle what it finds
                    assertThat(captured).as("%s", item).allMatch(copied -> copied.equals(content));
                }
                application.leave(database);
            });
        }
    }

    /** Empty where nothing was captured, or what does not pass its check. */
    @FunctionalInterface
    private interface Reader {
        Optional<List<String>> read(Path database, Path copy);
    }

    /**
     * All of them beside a whole database, but one where a journal seems to be hot: there all look again and again, and nobody gets beyond
     * that. One beside any other main file too: {@link #all}.
     */
    private static List<Reader> readersBesideAnApplication(Case item, int number) {
        var readers = new ArrayList<Reader>();
        readers.add((database, _) -> {
            look(database);
            return Optional.empty();
        });
        for (var method : CopyBy.values()) {
            readers.add((database, copy) -> isCaptured(method, database, copy) && passesItsCheck(copy)
                    ? Optional.of(SampleDatabases.content(copy))
                    : Optional.empty());
        }
        return all(item) && !item.seemsToHaveHotJournal() ? readers : List.of(turn(readers, number));
    }

    @FunctionalInterface
    private interface Trial {
        void run(Case item, int number) throws Exception;
    }

    private static void inParallel(Trial trial) throws Exception {
        var cases = Case.all().toList();
        try (var threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            var trials = new ArrayList<Future<?>>();
            for (int i = 0; i < cases.size(); i++) {
                int number = i;
                trials.add(threads.submit(() -> {
                    trial.run(cases.get(number), number);
                    return null;
                }));
            }
            for (var one : trials) {
                one.get();
            }
        }
    }

    /** All that GETs, refreshes of metrics, discovery, protection and dry runs do to the files of a database. */
    private static void look(Path database) {
        for (Runnable look : List.<Runnable>of(
                () -> DatabaseFacts.read(database),
                () -> DatabaseFacts.walBytesOf(database),
                () -> SourceSet.beginsAsDatabase(database),
                () -> Schema.ofLive(database, Duration.ZERO),
                () -> LiveReplace.requireReplaceable(
                        database, DatabaseHeader.parse(walDatabase), PAGE_SIZE, Duration.ZERO),
                () -> SoleUse.requireNobody(database),
                () -> Holders.of(database),
                () -> ApplicationFiles.elsewhere(Set.of(database)),
                () -> isStill(database))) {
            try {
                look.run();
            } catch (ProblemException e) {
                assertThat(e.problem().hint()).isNotBlank();
            }
        }
    }

    private static void isStill(Path database) {
        var options = new CaptureOptions(Duration.ZERO, 0, HotJournals.LEAVE, OPTIONS.clock());
        try (var scan = Scan.open(database, options, PageProgress.NONE)) {
            assertThat(scan.isStill("of another state")).isFalse();
        }
    }

    private static boolean isCaptured(CopyBy method, Path database, Path copy) {
        try {
            method.run(database, copy, OPTIONS, PageProgress.NONE);
            return true;
        } catch (ProblemException e) {
            assertThat(e.problem().hint()).isNotBlank();
            return false;
        }
    }

    private static boolean passesItsCheck(Path copy) {
        return IntegrityCheck.run(copy, CheckLevel.FULL, PageProgress.NONE).passed();
    }

    /** One file: which it is, and what is in it. */
    private record FileOnDisk(Object inode, ByteBuffer content) {

        /** By name, without that of the database, so that cases can be compared. */
        static Map<String, FileOnDisk> in(Path directory) {
            var files = new TreeMap<String, FileOnDisk>();
            for (var name : SampleDatabases.filesIn(directory)) {
                files.put(name.substring(name.indexOf(".db")), of(directory.resolve(name)));
            }
            return files;
        }

        static FileOnDisk of(Path file) {
            try {
                var inode =
                        Files.readAttributes(file, BasicFileAttributes.class).fileKey();
                return new FileOnDisk(inode, ByteBuffer.wrap(Files.readAllBytes(file)));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        FileOnDisk at(Object inode) {
            return new FileOnDisk(inode, content);
        }
    }

    /** A reader of a database in WAL mode makes an empty {@code -wal} and a {@code -shm} where there is none, and sets up the latter. */
    private static Map<String, FileOnDisk> asAReaderLeaves(
            Case item, Map<String, FileOnDisk> before, Map<String, FileOnDisk> after) {
        var left = new TreeMap<>(before);
        if (item.isInWalMode()) {
            var shm = after.get(".db-shm");
            if (shm != null
                    && (item.shm == Shm.NONE
                            || shm.inode().equals(before.get(".db-shm").inode()))) {
                left.put(".db-shm", shm);
            }
            var wal = after.get(".db-wal");
            if (wal != null && item.wal == Wal.NONE && wal.content().capacity() == 0) {
                left.put(".db-wal", wal);
            }
        }
        return left;
    }

    /**
     * A journal that SQLite takes for hot is gone, and the database file is, byte for byte, as the application's reader leaves it. If what
     * was rolled back cannot be read, the connection that did so is the last to leave, and takes the {@code -shm} along.
     */
    private static Map<String, FileOnDisk> asRolledBack(
            Case item, Map<String, FileOnDisk> before, Map<String, FileOnDisk> after, Reading application) {
        var left = new TreeMap<>(asAReaderLeaves(item, before, after));
        if (item.seemsToHaveHotJournal() && item.wal == Wal.NONE && (item.main == Main.GOOD || item.main == Main.CUT)) {
            left.remove(".db-journal");
            if (!after.containsKey(".db-shm")) {
                left.remove(".db-shm");
            }
            left.put(".db", application.files().get(".db").at(before.get(".db").inode()));
        }
        return left;
    }

    /** What the application itself reads there, and leaves; null for what it cannot read. */
    private record Reading(List<String> content, Map<String, FileOnDisk> files) {

        static Reading of(Path database) {
            return new Reading(content(database), FileOnDisk.in(database.getParent()));
        }

        private static List<String> content(Path database) {
            try {
                return Files.exists(database) ? SampleDatabases.content(database) : null;
            } catch (AssertionError e) {
                assertThat(e).hasCauseInstanceOf(SQLException.class);
                return null;
            }
        }
    }
}
