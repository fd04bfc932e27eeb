package dev.afterimage.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

class CallersTests {

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock();
    private TestAccess access;
    private Callers callers;

    @BeforeEach
    void open() {
        access = new TestAccess(directory, clock);
        var none = new StaticListableBeanFactory().getBeanProvider(JwtCallers.class);
        callers = new Callers(access.tokens, access.sessions, none, clock);
    }

    @AfterEach
    void close() {
        access.close();
    }

    @Test
    void acceptsWhenTheTokenIsRevokedIsNoLongerTrue() {
        var revoked = callers.by(access.token(Scope.READ).text());
        var other = callers.by(access.token(Scope.READ).text());
        assertThat(callers.accepts(revoked)).isTrue();

        access.tokens.remove(((Proof.OfToken) revoked.proof()).id());

        assertThat(callers.accepts(revoked)).isFalse();
        assertThat(callers.accepts(other)).isTrue();
    }

    @Test
    void acceptsWhenTheTokenOrTheJwtHasExpiredIsNoLongerTrue() {
        var end = clock.instant().plus(Duration.ofHours(1));
        var text = access.tokens
                .add("short", Scope.READ, VisibleDatabases.ALL, end, "a test")
                .text();
        var ofToken = callers.by(text);
        var ofJwt = new Caller("pipeline", "pipeline", Scope.READ, VisibleDatabases.ALL, new Proof.OfJwt(end));
        clock.advance(Duration.ofMinutes(59));
        assertThat(callers.accepts(ofToken)).isTrue();
        assertThat(callers.accepts(ofJwt)).isTrue();

        clock.advance(Duration.ofMinutes(1));
        assertThat(callers.accepts(ofToken)).isFalse();
        assertThat(callers.accepts(ofJwt)).isFalse();
    }
}
