package dev.afterimage.sqlite;

import dev.afterimage.backup.ImportFile;
import dev.afterimage.content.PageDifference;
import dev.afterimage.content.Schema;
import dev.afterimage.content.SchemaDifference;
import dev.afterimage.content.SqlDump;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.format.Mutation;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.Checkpoint;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.replace.LiveReplace;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/**
 * Takes mutated databases through all that reads what others wrote, in a process of its own, which a fault in SQLite may end. Prints
 * the seed before each, so that it is known which one it was, and at the end what came of them. An exception that is none of
 * ours, or a file changed that is none of the mutant's, is printed as a failure.
 */
final class FuzzingProcess {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    /** So much more than {@link #LONGEST} that no busy machine makes it of a mutant that ends in time. */
    private static final Duration SLOW = Duration.ofMinutes(1);

    private static final long LARGEST = 16 << 20;

    private final Path directory;
    private final Path source;
    private final Path superJournal;
    private final List<Path> bases;
    private final Map<String, Integer> counts = new TreeMap<>();
    private long seed;
    private long began;

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** An empty directory, the first seed, how many at least, and for how many milliseconds. */
    public static void main(String[] arguments) throws Exception {
        var fuzzing = new FuzzingProcess(Path.of(arguments[0]));
        long first = Long.parseLong(arguments[1]);
        long last = first + Long.parseLong(arguments[2]) - 1;
        long end = System.nanoTime()
                + Duration.ofMillis(Long.parseLong(arguments[3])).toNanos();
        for (long seed = first; seed <= last || System.nanoTime() < end; seed++) {
            fuzzing.take(seed);
        }
        System.out.println("ended " + fuzzing.counts);
    }

    private FuzzingProcess(Path directory) throws Exception {
        this.directory = directory;
        this.bases = HostileBases.in(Files.createDirectory(directory.resolve("bases")));
        this.source = Files.createDirectory(directory.resolve("source")).resolve("source.db");
        this.superJournal = Files.writeString(directory.resolve("precious"), source + "-journal\0");
    }

    private void take(long number) throws IOException {
        seed = number;
        began = System.nanoTime();
        System.out.println("seed " + seed);
        var mutation = new Mutation(seed, superJournal);
        var base = bases.get(mutation.choose(bases.size()));
        int round = 0;
        for (var copyBy : CopyBy.values()) {
            mutant(base);
            goThrough(copyBy, base, round++);
        }
        requireNothingElseChanged();
        long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
        if (millis > SLOW.toMillis()) {
            System.out.println("slow " + seed + ": " + millis + " ms");
        }
    }

    /** The same for each method, which may change it: by rolling back a hot journal. */
    private void mutant(Path base) throws IOException {
        for (var file : SampleDatabases.filesIn(source.getParent())) {
            Files.delete(source.resolveSibling(file));
        }
        Files.copy(base, source);
        for (var suffix : List.of("-wal", "-journal")) {
            var beside = base.resolveSibling(base.getFileName() + suffix);
            if (Files.exists(beside)) {
                Files.copy(beside, source.resolveSibling("source.db" + suffix));
            }
        }
        var mutation = new Mutation(seed, superJournal);
        mutation.choose(bases.size());
        mutation.of(source);
    }

    private void goThrough(CopyBy copyBy, Path base, int round) throws IOException {
        var copy = directory.resolve("copy.db");
        if (round == 0) {
            step("register", () -> DatabaseFacts.read(source));
            step("live schema", () -> Schema.ofLive(source, Duration.ZERO));
        }
        boolean captured = step(copyBy.name(), () -> copyBy.run(source, copy, OPTIONS, this::goOn));
        if (captured && Files.size(copy) > LARGEST) {
            count("too large to be looked at"); // the journal said so many pages
            captured = false;
        }
        if (captured) {
            look(copy, base, round % 2 == 0 ? CheckLevel.FULL : CheckLevel.QUICK);
        }
        if (captured && round == (int) (seed % 4)) {
            replace(copy, base);
        }
        Files.deleteIfExists(copy);
        if (round == 3 && Files.size(source) < LARGEST) {
            look(source, base, CheckLevel.FULL); // as an import, of a file that no capture has seen
            step("checkpoint", () -> Checkpoint.run(source, Checkpoint.Mode.PASSIVE, Duration.ZERO));
        }
    }

    private void look(Path file, Path base, CheckLevel level) {
        if (!step("import", () -> ImportFile.at(file))) {
            return; // no snapshot is like that
        }
        step("check", () -> count(IntegrityCheck.run(file, level, this::goOn).passed() ? "passed" : "not passed"));
        step("schema", () -> SchemaDifference.between(Schema.of(file, LONGEST), Schema.of(base, LONGEST)));
        step("dump", () -> SqlDump.write(file, OutputStream.nullOutputStream()));
        step("pages", () -> {
            try {
                PageDifference.between(base, file);
            } catch (IllegalArgumentException e) {
                count("pages of other sizes");
            }
        });
    }

    private void replace(Path content, Path base) throws IOException {
        var target = directory.resolve("target.db");
        Files.copy(base, target);
        step("replace", () -> {
            try (var replace = LiveReplace.of(target, HotJournals.SETTLE)) {
                replace.run(content, Duration.ZERO, WhenChanged.NONE, this::goOn);
            }
        });
        for (var file : SampleDatabases.filesIn(directory)) {
            if (file.startsWith("target.db")) {
                Files.delete(directory.resolve(file));
            }
        }
    }

    private void goOn(long done, long total) {
        if (System.nanoTime() - began > LONGEST.toNanos()) {
            throw new CancellationException("it takes too long");
        }
    }

    /** Whether it succeeded. */
    private boolean step(String name, Step step) {
        try {
            step.run();
            count(name);
            return true;
        } catch (ProblemException e) {
            count(name + " " + e.code());
            if (String.valueOf(e.getMessage()).startsWith("The staging file")) {
                System.out.println("failed " + seed + " " + name + ": " + e); // nothing is wrong with the disk
            }
        } catch (CancellationException e) {
            count(name + " cancelled");
        } catch (IOException | RuntimeException | Error e) {
            System.out.println("failed " + seed + " " + name + ": " + e);
            e.printStackTrace();
        }
        return false;
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void requireNothingElseChanged() throws IOException {
        var expected = source + "-journal\0";
        boolean same = Files.exists(superJournal)
                && Files.readString(superJournal).equals(expected)
                && SampleDatabases.filesIn(directory).equals(List.of("bases", "precious", "source"));
        if (!same) {
            System.out.println("failed " + seed + " changed: " + SampleDatabases.filesIn(directory));
            Files.writeString(superJournal, expected);
            for (var file : SampleDatabases.filesIn(directory)) {
                if (!List.of("bases", "precious", "source").contains(file)) {
                    Files.delete(directory.resolve(file));
                }
            }
        }
    }
}
