package dev.afterimage.content;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.afterimage.content.Schema.TableType;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.ApplicationSchemas;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTests {

    @TempDir
    Path directory;

    @Test
    void ofTellsWhatThereIs() {
        var file = create(
                directory.resolve("a.db"),
                "CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE)",
                "INSERT INTO item (name) VALUES ('a'), ('b')",
                "CREATE INDEX item_name ON item (lower(name))",
                "CREATE VIEW v AS SELECT * FROM item",
                "CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END",
                "CREATE VIRTUAL TABLE found USING fts5(text)",
                "INSERT INTO found VALUES ('x'), ('y'), ('z')",
                "CREATE TABLE \"sqliteX\"\"odd\" (a)",
                "ANALYZE");

        var schema = Schema.of(file);

        assertThat(schema.tables())
                .contains(
                        new Schema.Table("found", TableType.VIRTUAL, "CREATE VIRTUAL TABLE found USING fts5(text)", 3L),
                        new Schema.Table("sqliteX\"odd", TableType.TABLE, "CREATE TABLE \"sqliteX\"\"odd\" (a)", 0L))
                .extracting(Schema.Table::name)
                .containsExactly(
                        "found",
                        "found_config",
                        "found_content",
                        "found_data",
                        "found_docsize",
                        "found_idx",
                        "item",
                        "sqliteX\"odd");
        assertThat(schema.tables().get(1).type()).isEqualTo(TableType.SHADOW);
        assertThat(schema.tables().get(6).rows()).isEqualTo(2);
        assertThat(schema.indexes())
                .containsExactly(new Schema.Index("item_name", "item", "CREATE INDEX item_name ON item (lower(name))"));
        assertThat(schema.views()).containsExactly(new Schema.View("v", "CREATE VIEW v AS SELECT * FROM item"));
        assertThat(schema.triggers()).singleElement().satisfies(trigger -> {
            assertThat(trigger.name()).isEqualTo("t");
            assertThat(trigger.table()).isEqualTo("item");
        });
        assertThat(filesIn(directory)).containsExactly("a.db");
    }

    @Test
    void ofWhenAModuleIsMissingTellsNoRows() {
        var file = create(
                directory.resolve("a.db"),
                "CREATE TABLE t (a)",
                "PRAGMA writable_schema = ON",
                "INSERT INTO sqlite_schema VALUES ('table', 'mine', 'mine', 0, 'CREATE VIRTUAL TABLE mine USING modul(x)')");

        assertThat(Schema.of(file).tables())
                .containsExactly(
                        new Schema.Table("mine", TableType.VIRTUAL, "CREATE VIRTUAL TABLE mine USING modul(x)", null),
                        new Schema.Table("t", TableType.TABLE, "CREATE TABLE t (a)", 0L));
    }

    @Test
    void ofWhenACollationIsMissingStillCountsRowsWhereItCan() throws Exception {
        var file = ApplicationSchemas.indexOnCollation(directory.resolve("a.db"));

        assertThat(Schema.of(file).tables())
                .extracting(Schema.Table::name, Schema.Table::rows)
                .containsExactly(tuple("plain", 2000L), tuple("sorted", 3L));
    }

    @Test
    void ofWhenPagesAreDamagedThrows() throws Exception {
        var file = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        var bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 4096, 4096 * 3, (byte) 0x55);
        Files.write(file, bytes);

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE).isThrownBy(() -> Schema.of(file));
    }

    /** Be it that somebody deleted it, or that the disk does not give it: that says nothing about the snapshot. */
    @Test
    void ofWhenTheFileCannotBeLookedAtBlamesTheStaging() {
        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "The staging file")
                .isThrownBy(() -> Schema.of(directory.resolve("gone.db")));
    }

    @Test
    void ofLiveWhenTheApplicationWritesTellsWhatIsCommittedAndChangesNothing() {
        var file = SampleDatabases.accounts(directory.resolve("a.db"), "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", file, "IMMEDIATE")) {
            application.awaitLine("holding");

            var schema = Schema.ofLive(file, Duration.ZERO);

            assertThat(schema.tables())
                    .extracting(Schema.Table::name, Schema.Table::rows)
                    .containsExactly(tuple("account", 1000L));
        }
    }

    @Test
    void ofLiveWhenNobodyIsLetInThrowsLocked() {
        var file = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", file, "EXCLUSIVE")) {
            application.awaitLine("holding");

            assertThatExceptionOfType(SourceException.Locked.class)
                    .isThrownBy(() -> Schema.ofLive(file, Duration.ZERO));
        }
    }
}
