package dev.afterimage.access;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The tokens. */
@Component
public class Tokens {

    private static final String ADMIN = "admin";
    private static final Duration EXPIRED_KEPT = Duration.ofDays(30);

    private final Catalog catalog;
    private final LastUses uses;
    private final AdminTokenFile adminTokenFile;
    private final Clock clock;

    Tokens(Catalog catalog, AdminTokenFile adminTokenFile, Clock clock) {
        this.catalog = catalog;
        this.uses = new LastUses(catalog, "UPDATE access_token SET last_used_at = :time WHERE id = :key");
        this.adminTokenFile = adminTokenFile;
        this.clock = clock;
    }

    /**
     * A token that was just made.
     *
     * @param text what its holder sends; nobody can learn it later
     */
    public record Made(Token token, String text) {

        /** Without the text: this may end up in a log. */
        @Override
        public String toString() {
            return token.toString();
        }
    }

    /**
     * Makes a token. Its text is in the answer and nowhere else.
     *
     * @param createdBy name of the caller who wants it
     * @param expiresAt to the millisecond; null for never
     */
    public Made add(String name, Scope scope, VisibleDatabases visible, @Nullable Instant expiresAt, String createdBy) {
        var text = TokenText.random();
        var now = Instant.ofEpochMilli(clock.millis());
        var token = new Token(TimeOrderedId.next(clock), name, scope, visible, false, now, createdBy, expiresAt, null);
        insert(token, text);
        return new Made(token, text.text());
    }

    /** Makes the text that of the admin token, unless it is. The one of before is not accepted any more. */
    void makeAdmin(TokenText text) {
        catalog.inTransaction(() -> {
            int others = catalog.update("DELETE FROM access_token WHERE of_file = 1 AND hash <> :hash")
                    .param("hash", text.hash())
                    .update();
            if (find(text).filter(Token::ofFile).isEmpty()) {
                var now = Instant.ofEpochMilli(clock.millis());
                insert(
                        new Token(
                                TimeOrderedId.next(clock),
                                ADMIN,
                                Scope.ADMIN,
                                VisibleDatabases.ALL,
                                true,
                                now,
                                null,
                                null,
                                null),
                        text);
            }
            return others;
        });
    }

    private void insert(Token token, TokenText text) {
        catalog.update("""
            INSERT INTO access_token (id, name, hash, scope, databases, of_file, created_at, created_by,
                expires_at)
            VALUES (:id, :name, :hash, :scope, :visible, :ofFile, :createdAt, :createdBy, :expiresAt)
            ON CONFLICT (hash) DO UPDATE
            SET of_file = excluded.of_file, name = excluded.name, scope = excluded.scope,
                databases = excluded.databases, expires_at = excluded.expires_at
            """)
                .param("id", token.id().toString())
                .param("name", token.name())
                .param("hash", text.hash())
                .param("scope", token.scope().name())
                .param("visible", token.visible().json(catalog))
                .param("ofFile", token.ofFile())
                .param("createdAt", token.createdAt().toEpochMilli())
                .param("createdBy", token.createdBy())
                .param("expiresAt", Catalog.millis(token.expiresAt()))
                .update();
    }

    /** As the present transaction sees it. */
    private Optional<Token> find(TokenText text) {
        return catalog.queryInTransaction("SELECT * FROM access_token WHERE hash = :hash")
                .param("hash", text.hash())
                .query(this::token)
                .optional();
    }

    /** @throws ProblemException UNAUTHENTICATED when no token has that text, or it has expired */
    Caller caller(TokenText text) {
        var now = clock.instant();
        var token = catalog.query("SELECT * FROM access_token WHERE hash = :hash")
                .param("hash", text.hash())
                .query(this::token)
                .optional()
                .filter(found -> found.acceptedAt(now))
                .orElseThrow(() -> Callers.unknown(null));
        uses.note(token.id().toString(), now);
        return token.caller();
    }

    /** Whether there is still a token of that id, and it has not expired. */
    boolean accepts(UUID id) {
        return accepted(id).isPresent();
    }

    /** The token of that id, unless it has expired. */
    Optional<Token> accepted(UUID id) {
        return find(id).filter(token -> token.acceptedAt(clock.instant()));
    }

    /** Remembers that somebody used it just now. */
    void noteUse(UUID id) {
        uses.note(id.toString(), clock.instant());
    }

    /** Writes when tokens were used last. */
    void writeUses() {
        uses.write();
    }

    /** @throws ProblemException TOKEN_NOT_FOUND when there is none of that id */
    public Token get(UUID id) {
        return find(id).orElseThrow(
                        () -> new ProblemException(Problem.of(ProblemCode.TOKEN_NOT_FOUND, "There is no token " + id)));
    }

    private Optional<Token> find(UUID id) {
        return catalog.query("SELECT * FROM access_token WHERE id = :id")
                .param("id", id.toString())
                .query(this::token)
                .optional();
    }

    /** Newest first. */
    public List<Token> list() {
        return catalog.query("SELECT * FROM access_token ORDER BY id DESC")
                .query(this::token)
                .list();
    }

    /**
     * Revokes a token: no request that comes later is answered, and what lasts ends soon.
     *
     * @throws ProblemException TOKEN_NOT_FOUND when there is none of that id
     * @throws ProblemException ADMIN_TOKEN_IN_FILE when it is the one of the file
     */
    public void remove(UUID id) {
        if (get(id).ofFile()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.ADMIN_TOKEN_IN_FILE,
                    "This is the admin token, whose text stands in " + adminTokenFile.path()));
        }
        catalog.update("DELETE FROM access_token WHERE id = :id AND of_file = 0")
                .param("id", id.toString())
                .update();
    }

    /** Deletes those that expired so long ago that nobody asks any more why they are not accepted. */
    void forget() {
        catalog.deleteAll(
                "DELETE FROM access_token WHERE id IN (SELECT id FROM access_token WHERE expires_at < :before LIMIT :atOnce)",
                Map.of("before", clock.instant().minus(EXPIRED_KEPT).toEpochMilli()));
    }

    /** For one whose scope this version does not know no database exists. */
    private Token token(ResultSet row, int number) throws SQLException {
        var id = UUID.fromString(row.getString("id"));
        var scope = Columns.readOrNull(row.getString("scope"), Scope::valueOf);
        return new Token(
                id,
                row.getString("name"),
                scope == null ? Scope.READ : scope,
                scope == null ? VisibleDatabases.NONE : VisibleDatabases.of(catalog, row.getString("databases")),
                row.getBoolean("of_file"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                row.getString("created_by"),
                Catalog.instant(row.getObject("expires_at")),
                uses.last(id.toString(), Catalog.instant(row.getObject("last_used_at"))));
    }
}
