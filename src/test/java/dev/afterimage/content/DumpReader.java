package dev.afterimage.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ways in which users make a database of a dump. */
enum DumpReader {

    /** The real sqlite3 shell. */
    SHELL {
        @Override
        boolean isThere() {
            try {
                return new ProcessBuilder("sqlite3", "--version").start().waitFor() == 0;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        void read(Path dump, Path database) {
            assertThat(told(dump, database)).isEmpty();
        }
    },

    /** The JDBC driver, statement by statement. */
    DRIVER {
        @Override
        boolean isThere() {
            return true;
        }

        @Override
        void read(Path dump, Path database) {
            try (var connection = SampleDatabases.open(database)) {
                for (var statement : statements(Files.readString(dump))) {
                    SampleDatabases.execute(connection, statement);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
    };

    abstract boolean isThere();

    abstract void read(Path dump, Path database);

    /** What the shell prints when it reads the dump, which is nothing when all is well. */
    static String told(Path dump, Path database) {
        try {
            var shell = new ProcessBuilder("sqlite3", database.toString())
                    .redirectInput(dump.toFile())
                    .redirectErrorStream(true)
                    .start();
            var told = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            shell.waitFor();
            return told;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends at semicolons outside of quotes and comments; a trigger at the one behind its END. */
    static List<String> statements(String sql) {
        var statements = new ArrayList<String>();
        int start = 0;
        for (int at = 0; at < sql.length(); at++) {
            char character = sql.charAt(at);
            if (character == '\'' || character == '"' || character == '`') {
                at = sql.indexOf(character, at + 1);
            } else if (character == '[') {
                at = sql.indexOf(']', at);
            } else if (sql.startsWith("--", at)) {
                at = sql.indexOf('\n', at);
            } else if (sql.startsWith("/*", at)) {
                at = sql.indexOf("*/", at) + 1;
            } else if (character == ';') {
                var statement = sql.substring(start, at + 1).strip();
                var upper = statement.toUpperCase(Locale.ROOT);
                if (!upper.startsWith("CREATE TRIGGER") || upper.matches("(?s).*;\\s*END\\s*;")) {
                    statements.add(statement);
                    start = at + 1;
                }
            }
        }
        assertThat(sql.substring(start)).isBlank();
        return statements;
    }
}
