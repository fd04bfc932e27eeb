package dev.afterimage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SQLite of today refuses most of what is refused here when it opens the file; that of yesterday did not. */
class SchemaTextTests {

    private static SchemaText of(String text) {
        return SchemaText.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String statement(String text) {
        return new String(of(text).text(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE a (b)",
                "CREATE TABLE \"a;\" ([b;] DEFAULT ';''; ;', `c;` /* ; */, d) -- ;\n",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; DELETE FROM b; END",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 2 THEN 3 END; END",
                "CREATE VIEW v AS SELECT 'grüße'\n"
            })
    void ofWhenItIsOneStatementAddsTheSemicolon(String text) {
        assertThat(statement(text)).isEqualTo(text + ";\n");
        assertThat(of(text).readAsStored()).isTrue();
    }

    @Test
    void ofWhenACommentIsAtTheEndPutsTheSemicolonBehindIt() {
        assertThat(statement("CREATE VIEW v AS SELECT 1 -- one")).isEqualTo("CREATE VIEW v AS SELECT 1 -- one\n;\n");
        assertThat(statement("CREATE VIEW v AS SELECT 1 /* one")).isEqualTo("CREATE VIEW v AS SELECT 1 /* one*/;\n");
        assertThat(statement("CREATE VIEW v AS SELECT 1 /*/")).isEqualTo("CREATE VIEW v AS SELECT 1 /*/*/;\n");
        assertThat(statement("CREATE VIEW v AS SELECT 1; -- one")).isEqualTo("CREATE VIEW v AS SELECT 1;\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE a (b);\n.system touch owned\n",
                "CREATE TABLE a (b); ATTACH 'owned' AS o",
                "CREATE TABLE a (b) /* ; */; DROP TABLE a",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END /* x */ ; .quit",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; DROP TABLE a; END",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
                "CREATE TABLE a (b DEFAULT 'x)",
                "CREATE TABLE a (\"b)"
            })
    void ofWhenItIsNotOneStatementThrows(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> of(text));
    }

    @Test
    void ofWhenALineWouldEndTheStatementInTheShellJoinsLines() {
        assertThat(statement("CREATE VIEW v AS SELECT a\n/\nb")).isEqualTo("CREATE VIEW v AS SELECT a\n/ b;\n");
        assertThat(statement("CREATE VIEW v AS SELECT a\n / -- by\n\n/* it */\nb"))
                .isEqualTo("CREATE VIEW v AS SELECT a\n / b;\n");
        assertThat(statement("CREATE VIEW v AS SELECT a AS\nGo\r\nFROM b"))
                .isEqualTo("CREATE VIEW v AS SELECT a AS\nGo FROM b;\n");
        assertThat(of("CREATE VIEW v AS SELECT a\n/\nb").readAsStored()).isFalse();
    }

    @Test
    void readAsStoredWhenALineEndsInQuotesWithACarriageReturnIsFalse() {
        assertThat(of("CREATE VIEW v AS SELECT 'a\r\nb'").readAsStored()).isFalse();
        assertThat(of("CREATE VIEW v AS\r\nSELECT 'a\nb\rc'").readAsStored()).isTrue();
    }
}
