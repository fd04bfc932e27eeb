package dev.afterimage.access;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTests {

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock();
    private TestAccess access;

    @BeforeEach
    void open() {
        access = new TestAccess(directory, clock);
    }

    @AfterEach
    void close() {
        access.close();
    }

    @Test
    void callerOfATokenIsWhoItWasMadeFor() {
        var visible = new VisibleDatabases(List.of("orders", "team=billing"));
        var made = access.tokens.add("nightly", Scope.OPERATE, visible, null, "admin");

        var caller = access.tokens.caller(new TokenText(made.text()));

        var id = made.token().id();
        assertThat(caller)
                .isEqualTo(new Caller(id.toString(), "nightly", Scope.OPERATE, visible, new Proof.OfToken(id)));
        assertThat(access.tokens.get(made.token().id()).createdBy()).isEqualTo("admin");
    }

    @Test
    void tokensHave256BitsAndAreNeverTheSame() {
        var texts = List.of(
                access.token(Scope.READ).text(), access.token(Scope.READ).text());

        assertThat(texts).doesNotHaveDuplicates().allMatch(text -> text.matches("ai_[A-Za-z0-9_-]{43}"));
    }

    @Test
    void catalogHasNoTextOfAToken() throws Exception {
        var text = access.token(Scope.READ).text();
        access.close();

        try (var files = Files.walk(directory)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(text)
                        .doesNotContain(text.substring(TokenText.PREFIX.length()));
            }
        }
        access = new TestAccess(directory, clock);
        assertThat(access.tokens.caller(new TokenText(text)).name()).isEqualTo("somebody");
    }

    @Test
    void forgetDeletesTokensThatExpiredAMonthAgo() {
        var soon = access.tokens.add(
                "ci", Scope.READ, VisibleDatabases.ALL, clock.instant().plusSeconds(1), "admin");
        var forEver = access.token(Scope.READ).token();

        clock.advance(Duration.ofDays(30));
        access.tokens.forget();
        assertThat(access.tokens.list())
                .extracting(Token::id)
                .contains(soon.token().id(), forEver.id());

        clock.advance(Duration.ofSeconds(2));
        access.tokens.forget();
        assertThat(access.tokens.list())
                .extracting(Token::id)
                .contains(forEver.id())
                .doesNotContain(soon.token().id());
    }

    @Test
    void callerWhenTheTokenHasExpiredOrIsRevokedOrNeverWasIsRefusedInTheSameWords() {
        var inAnHour = clock.instant().plus(Duration.ofHours(1));
        var short_ = access.tokens.add("short", Scope.READ, VisibleDatabases.ALL, inAnHour, "a test");
        var revoked = access.token(Scope.READ);
        access.tokens.caller(new TokenText(short_.text()));
        clock.advance(Duration.ofHours(1));
        access.tokens.remove(revoked.token().id());

        for (var text :
                List.of(short_.text(), revoked.text(), TokenText.random().text())) {
            assertThatThrownBy(() -> access.tokens.caller(new TokenText(text)))
                    .satisfies(problem(ProblemCode.UNAUTHENTICATED))
                    .hasMessage("The token of this request is not accepted");
        }
    }

    @Test
    void removeWhenThereIsNoneSaysSo() {
        assertThatThrownBy(() -> access.tokens.remove(UUID.randomUUID()))
                .satisfies(problem(ProblemCode.TOKEN_NOT_FOUND));
    }

    @Test
    void lastUsedAtIsKnownAtOnceAndSurvivesARestartOnceWritten() {
        var made = access.token(Scope.READ);
        var id = made.token().id();
        assertThat(access.tokens.get(id).lastUsedAt()).isNull();

        access.tokens.caller(new TokenText(made.text()));
        assertThat(access.tokens.get(id).lastUsedAt()).isEqualTo(clock.instant());

        access.tokens.writeUses();
        access.close();
        access = new TestAccess(directory, clock);
        assertThat(access.tokens.get(id).lastUsedAt()).isEqualTo(clock.instant());
    }

    @Test
    void scopesIncludeThoseBeforeThem() {
        assertThat(Scope.ADMIN.includes(Scope.READ)).isTrue();
        assertThat(Scope.OPERATE.includes(Scope.OPERATE)).isTrue();
        assertThat(Scope.READ.includes(Scope.OPERATE)).isFalse();
    }
}
