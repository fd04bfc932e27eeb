package dev.afterimage.access;

import dev.afterimage.access.AccessSettings.SessionSettings;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.catalog.Catalog;
import dev.afterimage.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * Browsers that are signed in. A session stands for a token for a while, is never accepted where the token would not be, and goes on
 * after a restart.
 */
@Component
public class Sessions {

    /** Whoever signs in once more ends the one of the same token that was not used for longest. */
    static final int MOST_OF_A_TOKEN = 100;

    private static final int BYTES = 32;
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Catalog catalog;
    private final Tokens tokens;
    private final SessionSettings settings;
    private final Clock clock;
    private final LastUses uses;

    Sessions(Catalog catalog, Tokens tokens, AccessSettings settings, Clock clock) {
        this.catalog = catalog;
        this.tokens = tokens;
        this.settings = settings.session();
        this.clock = clock;
        this.uses = new LastUses(catalog, "UPDATE access_session SET last_used_at = :time WHERE hash = :key");
    }

    /**
     * A session.
     *
     * @param expiresAt when it ends at the latest
     * @param idleAt when it ends if it is not used any more
     */
    public record Session(Token token, Instant startedAt, Instant expiresAt, Instant idleAt) {}

    /**
     * A session that has just begun.
     *
     * @param text what its cookie has; nobody can learn it later
     */
    public record Opened(String text, Session session) {

        /** Without the text: this may end up in a log. */
        @Override
        public String toString() {
            return session.toString();
        }
    }

    /**
     * Begins a session, whose text is always a new one: nobody can have somebody sign in to a session that he knows.
     *
     * @throws ProblemException UNAUTHENTICATED when the token is not accepted any more
     */
    public Opened open(UUID tokenId) {
        var token = tokens.accepted(tokenId).orElseThrow(() -> Callers.unknown(null));
        var now = Instant.ofEpochMilli(clock.millis());
        var longest = now.plus(settings.longest());
        var end = token.expiresAt();
        var expiresAt = end == null || end.isAfter(longest) ? longest : end;
        var text = random();
        uses.write(); // else one that is used would pass for the one that was not for longest
        catalog.inTransaction(() -> {
            makeRoom(tokenId);
            return insert(hash(text), tokenId, now, expiresAt);
        });
        return new Opened(text, new Session(token, now, expiresAt, now.plus(settings.idle())));
    }

    private static String random() {
        var bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String hash(String text) {
        return Sha256.hexOf(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void makeRoom(UUID tokenId) {
        catalog.update("""
            DELETE FROM access_session
            WHERE hash IN (
                SELECT hash FROM access_session WHERE token_id = :tokenId
                ORDER BY last_used_at DESC, hash LIMIT 1000000 OFFSET :kept)
            """)
                .param("tokenId", tokenId.toString())
                .param("kept", MOST_OF_A_TOKEN - 1)
                .update();
    }

    private int insert(String hash, UUID tokenId, Instant now, Instant expiresAt) {
        return catalog.update("""
            INSERT INTO access_session (hash, token_id, started_at, expires_at, last_used_at)
            VALUES (:hash, :tokenId, :now, :expiresAt, :now)
            """)
                .param("hash", hash)
                .param("tokenId", tokenId.toString())
                .param("now", now.toEpochMilli())
                .param("expiresAt", expiresAt.toEpochMilli())
                .update();
    }

    /** Who is signed in by a session; empty when there is none, it has ended, or its token is not accepted any more. */
    public Optional<Caller> caller(String text) {
        if (!SHAPE.matcher(text).matches()) {
            return Optional.empty();
        }
        var hash = hash(text);
        var found = find(hash);
        found.ifPresent(session -> {
            uses.note(hash, clock.instant());
            tokens.noteUse(session.token().id());
        });
        return found.map(session ->
                session.token().caller(new Proof.OfSession(session.token().id(), hash)));
    }

    /** Empty when it has ended. */
    public Optional<Session> find(Proof.OfSession proof) {
        return find(proof.hash());
    }

    private Optional<Session> find(String hash) {
        var now = clock.instant();
        return row(hash)
                .filter(row -> now.isBefore(row.expiresAt()) && now.isBefore(row.idleAt()))
                .flatMap(row -> tokens.accepted(row.tokenId())
                        .map(token -> new Session(token, row.startedAt(), row.expiresAt(), row.idleAt())));
    }

    private record Row(UUID tokenId, Instant startedAt, Instant expiresAt, Instant idleAt) {}

    private Optional<Row> row(String hash) {
        return catalog.query("SELECT * FROM access_session WHERE hash = :hash")
                .param("hash", hash)
                .query((row, number) -> {
                    var written = Instant.ofEpochMilli(row.getLong("last_used_at"));
                    return new Row(
                            UUID.fromString(row.getString("token_id")),
                            Instant.ofEpochMilli(row.getLong("started_at")),
                            Instant.ofEpochMilli(row.getLong("expires_at")),
                            Objects.requireNonNullElse(uses.last(hash, written), written)
                                    .plus(settings.idle()));
                })
                .optional();
    }

    /** Ends a session, if there is one: no request that comes later is answered, and what lasts ends soon. */
    public void end(Proof.OfSession session) {
        catalog.update("DELETE FROM access_session WHERE hash = :hash")
                .param("hash", session.hash())
                .update();
        uses.forget(session.hash());
    }

    /** Writes when sessions were used last. */
    void writeUses() {
        uses.write();
    }

    /** Deletes those that have ended. */
    void forget() {
        uses.write(); // else one that is used would pass for idle
        catalog.deleteAll(
                "DELETE FROM access_session WHERE hash IN (SELECT hash FROM access_session"
                        + " WHERE expires_at <= :now OR last_used_at <= :idle LIMIT :atOnce)",
                Map.of(
                        "now", clock.millis(),
                        "idle", clock.instant().minus(settings.idle()).toEpochMilli()));
    }
}
