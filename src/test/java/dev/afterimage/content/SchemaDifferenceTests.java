package dev.afterimage.content;

import static dev.afterimage.sqlite.SampleDatabases.create;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.content.SchemaDifference.Change;
import dev.afterimage.content.SchemaDifference.ObjectType;
import dev.afterimage.content.SchemaDifference.Rows;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaDifferenceTests {

    @TempDir
    Path directory;

    @Test
    void betweenTellsWhatWasAddedRemovedAndChanged() {
        var before = create(
                directory.resolve("before.db"),
                "CREATE TABLE same (a)",
                "CREATE TABLE old (a)",
                "CREATE TABLE wider (a)",
                "CREATE INDEX i ON wider (a)",
                "CREATE VIEW v AS SELECT 1",
                "INSERT INTO same VALUES (1), (2), (3)",
                "INSERT INTO old VALUES (1)");
        var after = create(
                directory.resolve("after.db"),
                "CREATE TABLE wider (a, b)",
                "CREATE INDEX i ON wider (a, b)",
                "CREATE TABLE same (a)",
                "CREATE TRIGGER t AFTER INSERT ON same BEGIN SELECT 1; END",
                "CREATE VIEW v AS SELECT 1",
                "INSERT INTO same SELECT 1",
                "CREATE TABLE new (a)");

        var difference = SchemaDifference.between(Schema.of(before), Schema.of(after));

        assertThat(difference.changes())
                .containsExactly(
                        new Change(ObjectType.TABLE, "new", null, "CREATE TABLE new (a)"),
                        new Change(ObjectType.TABLE, "old", "CREATE TABLE old (a)", null),
                        new Change(ObjectType.TABLE, "wider", "CREATE TABLE wider (a)", "CREATE TABLE wider (a, b)"),
                        new Change(
                                ObjectType.INDEX, "i", "CREATE INDEX i ON wider (a)", "CREATE INDEX i ON wider (a, b)"),
                        new Change(
                                ObjectType.TRIGGER,
                                "t",
                                null,
                                "CREATE TRIGGER t AFTER INSERT ON same BEGIN SELECT 1; END"));
        assertThat(difference.rows())
                .containsExactly(
                        new Rows("new", null, 0L),
                        new Rows("old", 1L, null),
                        new Rows("same", 3L, 1L),
                        new Rows("wider", 0L, 0L));
    }

    @Test
    void betweenWhenNothingChangedHasNoChanges() {
        var schema = Schema.of(SampleDatabases.accounts(directory.resolve("a.db"), "DELETE"));

        var difference = SchemaDifference.between(schema, schema);

        assertThat(difference.changes()).isEmpty();
        assertThat(difference.rows()).containsExactly(new Rows("account", 1000L, 1000L));
    }
}
