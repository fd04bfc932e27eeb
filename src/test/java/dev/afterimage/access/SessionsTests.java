package dev.afterimage.access;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionsTests {

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
    void callerOfASessionIsThatOfItsToken() {
        var visible = new VisibleDatabases(List.of("orders"));
        var token = access.tokens
                .add("nightly", Scope.OPERATE, visible, null, "admin")
                .token();

        var caller = access.sessions.caller(open(token)).orElseThrow();

        assertThat(caller.id()).isEqualTo(token.id().toString());
        assertThat(caller.name()).isEqualTo("nightly");
        assertThat(caller.scope()).isEqualTo(Scope.OPERATE);
        assertThat(caller.visible()).isEqualTo(visible);
        assertThat(access.tokens.get(token.id()).lastUsedAt()).isEqualTo(clock.instant());
    }

    @Test
    void callerWhenThereIsNoSuchSessionIsNobody() {
        var token = access.token(Scope.READ);
        var text = open(token.token());

        for (var other :
                List.of("", "a", token.text(), text + "=", text.toLowerCase(), "A".repeat(43), "é".repeat(43))) {
            assertThat(access.sessions.caller(other)).as(other).isEmpty();
        }
    }

    @Test
    void catalogHasNoTextOfASessionAndItGoesOnAfterARestart() throws Exception {
        var text = open(access.token(Scope.READ).token());
        access.close();

        try (var files = Files.walk(directory)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(text);
            }
        }
        access = new TestAccess(directory, clock);
        assertThat(access.sessions.caller(text)).isPresent();
    }

    @Test
    void callerWhenTheSessionWasNotUsedForLongIsNobody() {
        var used = open(access.token(Scope.READ).token());
        var unused = open(access.token(Scope.READ).token());
        clock.advance(Duration.ofHours(11));
        assertThat(access.sessions.caller(used)).isPresent();

        clock.advance(Duration.ofHours(1));

        assertThat(access.sessions.caller(unused)).isEmpty();
        assertThat(access.sessions.caller(used)).isPresent();
    }

    @Test
    void lastUseIsWrittenSoThatARestartDoesNotEndTheSession() {
        var text = open(access.token(Scope.READ).token());
        clock.advance(Duration.ofHours(11));
        access.sessions.caller(text);
        access.sessions.writeUses();
        access.close();
        access = new TestAccess(directory, clock);

        clock.advance(Duration.ofHours(11));

        assertThat(access.sessions.caller(text)).isPresent();
    }

    @Test
    void callerWhenTheSessionHasLastedAsLongAsItMayIsNobodyHoweverMuchItWasUsed() {
        var text = open(access.token(Scope.READ).token());
        for (int hours = 0; hours < 7 * 24; hours += 8) {
            assertThat(access.sessions.caller(text)).as(hours + " hours").isPresent();
            clock.advance(Duration.ofHours(8));
        }

        assertThat(access.sessions.caller(text)).isEmpty();
    }

    @Test
    void callerWhenTheTokenIsRevokedOrHasExpiredIsNobody() {
        var revoked = access.token(Scope.READ).token();
        var end = clock.instant().plus(Duration.ofHours(1));
        var short_ = access.tokens
                .add("short", Scope.READ, VisibleDatabases.ALL, end, "a test")
                .token();
        var ofRevoked = open(revoked);
        var ofShort = open(short_);
        var caller = access.sessions.caller(ofRevoked).orElseThrow();

        access.tokens.remove(revoked.id());
        clock.advance(Duration.ofHours(1));

        assertThat(access.sessions.caller(ofRevoked)).isEmpty();
        assertThat(access.sessions.find((Proof.OfSession) caller.proof())).isEmpty();
        assertThat(access.sessions.caller(ofShort)).isEmpty();
    }

    @Test
    void openWhenTheTokenIsGoneIsRefused() {
        assertThatThrownBy(() -> access.sessions.open(UUID.randomUUID()))
                .satisfies(problem(ProblemCode.UNAUTHENTICATED));
    }

    @Test
    void endEndsThatSessionAlone() {
        var token = access.token(Scope.READ).token();
        var ended = open(token);
        var other = open(token);

        access.sessions.end(
                (Proof.OfSession) access.sessions.caller(ended).orElseThrow().proof());

        assertThat(access.sessions.caller(ended)).isEmpty();
        assertThat(access.sessions.caller(other)).isPresent();
    }

    @Test
    void openWhenTheTokenHasManySessionsEndsTheOneThatWasNotUsedForLongest() {
        var token = access.token(Scope.READ).token();
        var ofOther = open(access.token(Scope.READ).token());
        var used = open(token);
        var unused = open(token);
        clock.advance(Duration.ofSeconds(1));
        IntStream.range(2, Sessions.MOST_OF_A_TOKEN).forEach(_ -> open(token));
        access.sessions.caller(used);
        var last = open(token);

        assertThat(access.sessions.caller(unused)).isEmpty();
        assertThat(access.sessions.caller(used)).isPresent();
        assertThat(count()).isEqualTo(Sessions.MOST_OF_A_TOKEN + 1);
        assertThat(access.sessions.caller(last)).isPresent();
        assertThat(access.sessions.caller(ofOther)).isPresent();
    }

    @Test
    void forgetDeletesThoseThatHaveEnded() {
        open(access.token(Scope.READ).token());
        var used = open(access.token(Scope.READ).token());
        clock.advance(Duration.ofHours(11));
        access.sessions.caller(used);
        clock.advance(Duration.ofHours(2));

        access.sessions.forget();

        assertThat(count()).isOne();
        assertThat(access.sessions.caller(used)).isPresent();
    }

    private String open(Token token) {
        return access.sessions.open(token.id()).text();
    }

    private long count() {
        return access.catalog
                .catalog
                .query("SELECT count(*) FROM access_session")
                .query(Long.class)
                .single();
    }
}
