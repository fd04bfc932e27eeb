package dev.afterimage.restore;

import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A database that is to be replaced, as its application has left it. */
abstract class ReplaceFileTest {

    static final Instant NOW = Instant.parse("2026-03-01T02:03:04Z");
    static final String DATED = "orders.db.replaced-20260301T020304Z";

    @TempDir
    Path directory;

    private final List<ReplaceFile> opened = new ArrayList<>();

    Path live;
    Path target;
    Path source;

    @BeforeEach
    void paths() throws IOException {
        directory = directory.toRealPath();
        live = Files.createDirectory(directory.resolve("live"));
        target = live.resolve("orders.db");
        source = SampleDatabases.create(directory.resolve("new.db"), "CREATE TABLE fresh AS SELECT 'new' AS state");
    }

    ReplaceFile replacement() throws IOException {
        var replacement = opened();
        Files.write(replacement.file().create(), Files.readAllBytes(source));
        return replacement;
    }

    /** As another process or attempt would do it. */
    ReplaceFile opened() {
        var replacement = ReplaceFile.open(target, ReplacingFile.JOB);
        opened.add(replacement);
        return replacement;
    }

    /** The folder while the files go into it. */
    Path hidden() {
        return live.resolve(opened().file().temporaryName() + "-old");
    }

    @AfterEach
    void close() {
        opened.forEach(ReplaceFile::close);
    }

    void leaveWal() {
        SampleDatabases.accounts(target, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", target)) {
            application.awaitLine("written");
            application.kill();
        }
        assertThat(filesIn(live)).contains("orders.db-wal");
    }

    void leaveHotJournal() {
        SampleDatabases.accounts(target, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "die", target)) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        assertThat(filesIn(live)).contains("orders.db-journal");
    }

    List<String> bytesOfFiles() {
        return filesIn(live).stream()
                .map(name -> {
                    try {
                        return name + " " + Arrays.hashCode(Files.readAllBytes(live.resolve(name)));
                    } catch (IOException e) {
                        throw new AssertionError(name, e);
                    }
                })
                .toList();
    }
}
