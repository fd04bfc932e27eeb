package dev.afterimage.notify;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.net.URI;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The webhooks. */
@Component
public class Webhooks {

    private static final int SECRET_BYTES = 32;
    private static final URI NOWHERE = URI.create("about:blank"); // no address to which anything may be sent
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Catalog catalog;
    private final TargetAddresses addresses;
    private final Clock clock;

    Webhooks(Catalog catalog, TargetAddresses addresses, Clock clock) {
        this.catalog = catalog;
        this.addresses = addresses;
        this.clock = clock;
    }

    /** A secret that nobody can guess. */
    public static String newSecret() {
        var bytes = new byte[SECRET_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** @throws TargetRefusedException when nothing may be sent to the URL */
    public Webhook add(
            URI url,
            @Nullable List<EventType> events,
            @Nullable List<String> databases,
            String secret,
            boolean paused) {
        addresses.proveAllowed(url);
        var now = Instant.ofEpochMilli(clock.millis());
        var webhook = new Webhook(TimeOrderedId.next(clock), url, events, databases, secret, paused, now);
        catalog.update("""
                        INSERT INTO webhook (id, url, events, databases, secret, paused, created_at)
                        VALUES (:id, :url, :events, :databases, :secret, :paused, :now)
                        """)
                .param("id", webhook.id().toString())
                .param("url", url.toString())
                .param("events", json(events))
                .param("databases", json(databases))
                .param("secret", secret)
                .param("paused", paused)
                .param("now", now.toEpochMilli())
                .update();
        return webhook;
    }

    /**
     * Changes what is given, leaves what is null.
     *
     * @throws ProblemException WEBHOOK_NOT_FOUND when there is none of that id
     * @throws TargetRefusedException when nothing may be sent to the URL
     */
    public Webhook change(
            UUID id,
            @Nullable URI url,
            @Nullable List<EventType> events,
            @Nullable List<String> databases,
            @Nullable Boolean paused) {
        if (url != null) {
            addresses.proveAllowed(url);
        }
        catalog.update("""
                        UPDATE webhook SET url = coalesce(:url, url), events = coalesce(:events, events),
                            databases = coalesce(:databases, databases), paused = coalesce(:paused, paused)
                        WHERE id = :id
                        """)
                .param("url", url == null ? null : url.toString())
                .param("events", json(events))
                .param("databases", json(databases))
                .param("paused", paused)
                .param("id", id.toString())
                .update();
        return get(id);
    }

    private @Nullable String json(@Nullable List<?> list) {
        return list == null
                ? null
                : catalog.toJson(list.stream().map(Object::toString).toList());
    }

    /** @throws ProblemException WEBHOOK_NOT_FOUND when there is none of that id */
    public Webhook get(UUID id) {
        return find(id).orElseThrow(() -> notFound(id));
    }

    Optional<Webhook> find(UUID id) {
        return catalog.query("SELECT * FROM webhook WHERE id = :id")
                .param("id", id.toString())
                .query(this::webhook)
                .optional();
    }

    /** Newest first. */
    public List<Webhook> list() {
        return catalog.query("SELECT * FROM webhook ORDER BY id DESC")
                .query(this::webhook)
                .list();
    }

    /** How many are not paused and do not answer: something waits for another attempt, or was given up and nothing got through since. */
    int failing() {
        return catalog.query("""
                        SELECT count(*) FROM webhook WHERE paused = 0 AND (
                            EXISTS (SELECT 1 FROM delivery
                                    WHERE webhook_id = webhook.id AND state = 'PENDING' AND attempts > 0)
                            OR 'FAILED' = (SELECT state FROM delivery
                                    WHERE webhook_id = webhook.id AND state <> 'PENDING' ORDER BY id DESC LIMIT 1))
                        """).query(Integer.class).single();
    }

    /** Those who want to hear of an event, as the present transaction sees it. */
    List<Webhook> wanting(Event event) {
        return catalog
                .queryInTransaction("SELECT * FROM webhook WHERE paused = 0 ORDER BY id")
                .query(this::webhook)
                .list()
                .stream()
                .filter(webhook -> webhook.wants(event))
                .toList();
    }

    /**
     * Removes it with its deliveries; what is pending is not told any more.
     *
     * @throws ProblemException WEBHOOK_NOT_FOUND when there is none of that id
     */
    public void remove(UUID id) {
        int removed = catalog.update("DELETE FROM webhook WHERE id = :id")
                .param("id", id.toString())
                .update();
        if (removed == 0) {
            throw notFound(id);
        }
    }

    /** Of what this version cannot read nothing is told: an end of a job must not fail because of a webhook. */
    private Webhook webhook(ResultSet row, int number) throws SQLException {
        var events = row.getString("events");
        var databases = row.getString("databases");
        List<String> none = List.of();
        return new Webhook(
                UUID.fromString(row.getString("id")),
                Columns.readOr(NOWHERE, row.getString("url"), URI::create),
                events == null
                        ? null
                        : Columns.readOr(none, events, catalog::stringList).stream()
                                .flatMap(event -> EventType.find(event).stream())
                                .toList(),
                databases == null ? null : Columns.readOr(none, databases, catalog::stringList),
                row.getString("secret"),
                row.getBoolean("paused"),
                Instant.ofEpochMilli(row.getLong("created_at")));
    }

    private static ProblemException notFound(UUID id) {
        return new ProblemException(
                Problem.of(ProblemCode.WEBHOOK_NOT_FOUND, "There is no webhook '%s'".formatted(id)));
    }
}
