package dev.afterimage.content;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Databases of which there is no dump, and what has been written by then. */
class SqlDumpRefusalTests {

    @TempDir
    Path directory;

    private Path database(String... statements) {
        return create(directory.resolve("source.db"), statements);
    }

    @Test
    void writeWhenPagesAreDamagedThrowsAndWritesNoCommit() throws Exception {
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        var bytes = Files.readAllBytes(source);
        Arrays.fill(bytes, 4096 * 30, 4096 * 33, (byte) 0x55);
        Files.write(source, bytes);
        var out = new ByteArrayOutputStream();

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE)
                .isThrownBy(() -> SqlDump.write(source, out))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.CONTENT_UNREADABLE))
                .withMessageContaining("malformed");

        assertThat(out.toString()).doesNotContain("COMMIT");
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    static List<String> manipulations() {
        return List.of(
                "CREATE TABLE a (b);\n.system touch owned\n",
                "CREATE TABLE a (b); ATTACH 'owned' AS o; CREATE TABLE o.t (x)",
                "CREATE TABLE a (b) /* ; */; DROP TABLE a",
                "CREATE TABLE a (b)\n;\n.shell touch owned");
    }

    @ParameterizedTest
    @MethodSource("manipulations")
    void writeWhenTheSchemaHasMoreThanItsStatementThrowsBeforeTheFirstByte(String text) {
        var source = database(
                "CREATE TABLE a (b)",
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = '" + text.replace("'", "''") + "'");
        var out = new ByteArrayOutputStream();

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE).isThrownBy(() -> SqlDump.write(source, out));

        assertThat(out.size()).isZero();
    }

    @Test
    void writeWhenATriggersTextHasMoreThanItThrows() {
        var source = database(
                "CREATE TABLE a (b)",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = sql || ' /* x */ ;' || char(10) || '.quit' WHERE type = 'trigger'");

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE)
                .isThrownBy(() -> SqlDump.write(source, OutputStream.nullOutputStream()));
    }

    @Test
    void writeWhenTheReaderGoesAwayThrowsWhatTheStreamThrew() {
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        var gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("gone");
            }
        };

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> SqlDump.write(source, gone))
                .withMessage("gone");
    }
}
