package dev.afterimage.catalog.databases;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The registered databases. */
@Component
public class Databases {

    /** The label of those that discovery has registered: the directory in which it found them. */
    public static final String DISCOVERED = "discovered";

    private final Catalog catalog;
    private final Node node;
    private final Clock clock;

    public Databases(Catalog catalog, Node node, Clock clock) {
        this.catalog = catalog;
        this.node = node;
        this.clock = clock;
    }

    /**
     * Registers a database. A name that was registered before and removed is taken up again with its id, so that its
     * snapshots belong to it once more.
     *
     * @throws ProblemException DATABASE_EXISTS when a registered database has the name, or the file
     */
    public Database add(String name, Path path, Map<String, String> labels) {
        return add(name, path, path, labels);
    }

    /**
     * The same of a file by a path that has symbolic links in it.
     *
     * @param given absolute
     * @param path to which it leads now
     */
    public Database add(String name, Path given, Path path, Map<String, String> labels) {
        return catalog.inTransaction(() -> {
            var existing = registered(name);
            if (existing.isPresent()) {
                throw new ProblemException(Problem.of(
                        ProblemCode.DATABASE_EXISTS,
                        "'%s' is already registered, for %s"
                                .formatted(name, existing.get().location()),
                        "Choose another name, or PATCH the database that has it.",
                        Map.of("database", name)));
            }
            requireUnnamed(path, name);
            catalog.update("""
                INSERT INTO database (id, name, path, given_path, labels, node, created_at)
                VALUES (:id, :name, :path, :given, :labels, :node, :now)
                ON CONFLICT (name) DO UPDATE
                SET path = excluded.path, given_path = excluded.given_path, labels = excluded.labels, node = excluded.node,
                    removed_at = NULL, missing_since = NULL
                """)
                    .param("id", TimeOrderedId.next(clock).toString())
                    .param("name", name)
                    .param("path", path.toString())
                    .param("given", given.toString())
                    .param("labels", catalog.toJson(labels))
                    .param("node", node.id().toString())
                    .param("now", clock.millis())
                    .update();
            return registered(name).orElseThrow();
        });
    }

    /** Backups of one file under two names would wait for each other, and its restores concern both. */
    private void requireUnnamed(Path path, String name) {
        var other = catalog.queryInTransaction("""
                        SELECT * FROM database
                        WHERE path = :path AND node = :node AND removed_at IS NULL AND name <> :name LIMIT 1
                        """)
                .param("path", path.toString())
                .param("node", node.id().toString())
                .param("name", name)
                .query(this::database)
                .optional();
        if (other.isPresent()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.DATABASE_EXISTS,
                    "The file %s is already registered, as '%s'"
                            .formatted(path, other.get().name()),
                    "Use the database under that name. To give it another one, remove it first: its snapshots stay.",
                    Map.of("database", other.get().name())));
        }
    }

    /**
     * Takes up a database that the catalog does not know, with the id under which the repository has its snapshots. When
     * another one has the name, or had it before it was removed, a number is added to it. One that discovery has registered for the
     * same file meanwhile is removed, and its name is free; where somebody has registered one, this is taken up as removed.
     *
     * @return empty when the catalog knows the id by now, registered or removed, which stays as it is; or when it is taken up as removed
     */
    public Optional<Database> adopt(UUID id, String name, String location) {
        return takeUp(
                id,
                name,
                location,
                new Kept(location, "{}", node.id().toString(), clock.millis(), null, null, null, null));
    }

    /**
     * What a copy of a lost catalog has of a database beside id, name and path.
     *
     * @param labels JSON
     * @param node id of the node that sees the file
     * @param createdAt milliseconds since 1970, as {@code removedAt} is; ages are milliseconds, too
     */
    public record Kept(
            String givenPath,
            String labels,
            String node,
            long createdAt,
            @Nullable Long removedAt,
            @Nullable Long maxAge,
            @Nullable Long maxFullCheckAge,
            @Nullable Long requireCopy) {}

    /** The same of one of which more is known. */
    public Optional<Database> takeUp(UUID id, String name, String location, Kept kept) {
        return catalog.inTransaction(() -> {
            if (isKnown(id)) {
                return Optional.empty();
            }
            boolean fileIsTaken = kept.removedAt() == null && isTaken(location, kept.node());
            catalog.update("""
                INSERT INTO database (id, name, path, given_path, labels, node, created_at, removed_at, max_age,
                    max_full_check_age, require_copy)
                VALUES (:id, :name, :path, :given, :labels, :node, :created, :removed, :maxAge, :maxFullCheckAge,
                    :requireCopy)
                """)
                    .param("id", id.toString())
                    .param("name", free(name, new FreeNames(List.of())))
                    .param("path", location)
                    .param("given", kept.givenPath())
                    .param("labels", kept.labels())
                    .param("node", kept.node())
                    .param("created", kept.createdAt())
                    .param("removed", fileIsTaken ? Long.valueOf(clock.millis()) : kept.removedAt())
                    .param("maxAge", kept.maxAge())
                    .param("maxFullCheckAge", kept.maxFullCheckAge())
                    .param("requireCopy", kept.requireCopy())
                    .update();
            return catalog.queryInTransaction("SELECT * FROM database WHERE id = :id AND removed_at IS NULL")
                    .param("id", id.toString())
                    .query(this::database)
                    .optional();
        });
    }

    /** One that is known already, perhaps by a manifest alone, gets what nobody has set of it since. */
    public void complete(UUID id, Kept kept) {
        catalog.update("""
                        UPDATE database SET labels = CASE labels WHEN '{}' THEN :labels ELSE labels END,
                            max_age = coalesce(max_age, :maxAge),
                            max_full_check_age = coalesce(max_full_check_age, :maxFullCheckAge),
                            require_copy = coalesce(require_copy, :requireCopy)
                        WHERE id = :id
                        """)
                .param("labels", kept.labels())
                .param("maxAge", kept.maxAge())
                .param("maxFullCheckAge", kept.maxFullCheckAge())
                .param("requireCopy", kept.requireCopy())
                .param("id", id.toString())
                .update();
    }

    private boolean isKnown(UUID id) {
        return catalog.queryInTransaction("SELECT EXISTS (SELECT 1 FROM database WHERE id = :id)")
                .param("id", id.toString())
                .query(Boolean.class)
                .single();
    }

    /** Whether somebody has registered the file. What discovery has registered has no past: it makes room for what has one. */
    private boolean isTaken(String location, String ofNode) {
        var present = catalog.queryInTransaction(
                        "SELECT * FROM database WHERE path = :path AND node = :node AND removed_at IS NULL LIMIT 1")
                .param("path", location)
                .param("node", ofNode)
                .query(this::database)
                .optional();
        present.filter(database -> database.labels().containsKey(DISCOVERED)).ifPresent(this::makeRoom);
        return present.filter(database -> !database.labels().containsKey(DISCOVERED))
                .isPresent();
    }

    private void makeRoom(Database discovered) {
        catalog.update("UPDATE database SET name = :name, removed_at = :now WHERE id = :id")
                .param("name", free(discovered.name(), new FreeNames(List.of(discovered.name()))))
                .param("now", clock.millis())
                .param("id", discovered.id().toString())
                .update();
    }

    /** The name, or the next of those that nobody has, as the present transaction sees it. */
    String free(String name, FreeNames names) {
        var candidate = names.next(name);
        while (taken(candidate)) {
            candidate = names.next(name);
        }
        return candidate;
    }

    private boolean taken(String name) {
        return catalog.queryInTransaction("SELECT EXISTS (SELECT 1 FROM database WHERE name = :name)")
                .param("name", name)
                .query(Boolean.class)
                .single();
    }

    private Optional<Database> registered(String name) {
        return catalog.queryInTransaction("SELECT * FROM database WHERE name = :name AND removed_at IS NULL")
                .param("name", name)
                .query(this::database)
                .optional();
    }

    /** @throws ProblemException DATABASE_NOT_FOUND when none is registered under the name */
    public Database get(String name) {
        return get(name, VisibleDatabases.ALL);
    }

    /** @throws ProblemException DATABASE_NOT_FOUND when none is registered under the name, or none that exists for the one who asks */
    public Database get(String name, VisibleDatabases visible) {
        return find(name, visible)
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.DATABASE_NOT_FOUND, "No database is registered as '%s'".formatted(name))));
    }

    public Optional<Database> find(String name) {
        return find(name, VisibleDatabases.ALL);
    }

    private Optional<Database> find(String name, VisibleDatabases visible) {
        return catalog.query("SELECT * FROM database WHERE name = :name AND removed_at IS NULL AND "
                        + VisibleDatabases.CONDITION)
                .param("name", name)
                .param("visible", visible.json(catalog))
                .query(this::database)
                .optional();
    }

    /** The database of an id, registered or removed since. */
    public Optional<Database> find(UUID id) {
        return catalog.query("SELECT * FROM database WHERE id = :id")
                .param("id", id.toString())
                .query(this::database)
                .optional();
    }

    /** The databases that are registered at a path, as it was resolved. */
    public List<Database> at(Path path) {
        return at(path, VisibleDatabases.ALL);
    }

    /** Those of them that exist for the one who asks. */
    public List<Database> at(Path path, VisibleDatabases visible) {
        return catalog.query("SELECT * FROM database WHERE path = :path AND removed_at IS NULL AND "
                        + VisibleDatabases.CONDITION + "ORDER BY name")
                .param("path", path.toString())
                .param("visible", visible.json(catalog))
                .query(this::database)
                .list();
    }

    /** The directories of those that exist for the one who asks, by the path as it was given and as it was resolved. */
    public Set<Path> directories(VisibleDatabases visible) {
        return catalog
                .query("SELECT * FROM database WHERE removed_at IS NULL AND " + VisibleDatabases.CONDITION)
                .param("visible", visible.json(catalog))
                .query(this::database)
                .list()
                .stream()
                .flatMap(database -> Stream.of(database.givenPath(), database.location()))
                .flatMap(path -> DatabaseFiles.path(path).stream())
                .map(Path::getParent)
                .collect(Collectors.toSet());
    }

    /** Names of all that are registered. */
    public Set<String> names() {
        return catalog.query("SELECT name FROM database WHERE removed_at IS NULL")
                .query(String.class)
                .set();
    }

    /** Names of those of them that exist for the one who asks. */
    public Set<String> names(VisibleDatabases visible) {
        return visible.limited()
                ? catalog.query("SELECT name FROM database WHERE removed_at IS NULL AND " + VisibleDatabases.CONDITION)
                        .param("visible", visible.json(catalog))
                        .query(String.class)
                        .set()
                : names();
    }

    /**
     * Which databases somebody looks for.
     *
     * @param part of the name or the path, in capital or small letters; null for any
     * @param label a label's {@code key}, or {@code key=value}; null for any
     * @param node the name of this one, or the id of another; null for any
     */
    public record Sought(
            @Nullable String part,
            @Nullable String label,
            @Nullable String node) {}

    /** Names of those that are looked for, among those that exist for the one who asks. */
    public Set<String> names(VisibleDatabases visible, Sought sought) {
        return catalog.query("""
                        SELECT name FROM database
                        WHERE removed_at IS NULL
                          AND (:part IS NULL OR instr(lower(name), lower(:part)) > 0 OR instr(lower(path), lower(:part)) > 0)
                          AND (:label IS NULL OR EXISTS (
                              SELECT 1 FROM json_each(database.labels) AS wanted
                              WHERE :label IN (wanted.key, wanted.key || '=' || wanted.value)))
                          AND (:node IS NULL OR node = :node) AND
                        """ + VisibleDatabases.CONDITION)
                .param("part", sought.part())
                .param("label", sought.label())
                .param("node", node.name().equals(sought.node()) ? node.id().toString() : sought.node())
                .param("visible", visible.json(catalog))
                .query(String.class)
                .set();
    }

    /** Those of some names that are registered. */
    public List<Database> named(Collection<String> names) {
        return catalog.query(
                        "SELECT * FROM database WHERE removed_at IS NULL AND name IN (SELECT value FROM json_each(:names))")
                .param("names", catalog.toJson(names))
                .query(this::database)
                .list();
    }

    /** Names of the registered databases that belong to other nodes than this one. */
    public List<String> elsewhere() {
        return catalog.query("SELECT name FROM database WHERE removed_at IS NULL AND node <> :node ORDER BY name")
                .param("node", node.id().toString())
                .query(String.class)
                .list();
    }

    /** Names of the registered databases whose files cannot be named in the locale of this process. */
    public List<String> unmappable() {
        return catalog
                .query("SELECT * FROM database WHERE removed_at IS NULL ORDER BY name")
                .query(this::database)
                .list()
                .stream()
                .filter(database -> DatabaseFiles.path(database.location()).isEmpty())
                .map(Database::name)
                .toList();
    }

    /** Registered databases by name, those after {@code afterName}. */
    public List<Database> list(@Nullable String afterName, int limit) {
        return list(VisibleDatabases.ALL, afterName, limit);
    }

    /** Those of them that exist for the one who asks. */
    public List<Database> list(VisibleDatabases visible, @Nullable String afterName, int limit) {
        return catalog.query("SELECT * FROM database WHERE removed_at IS NULL AND name > :after AND "
                        + VisibleDatabases.CONDITION + "ORDER BY name LIMIT :limit")
                .param("visible", visible.json(catalog))
                .param("after", afterName == null ? "" : afterName)
                .param("limit", limit)
                .query(this::database)
                .list();
    }

    /**
     * What an age that is demanded of a database is to become.
     *
     * @param age to the millisecond; null for as it is configured
     */
    public record NewAge(@Nullable Duration age) {

        private static @Nullable Long millis(@Nullable NewAge given) {
            return given == null || given.age == null ? null : given.age.toMillis();
        }
    }

    /**
     * Whether a copy of the repository must have a database for it to count as protected.
     *
     * @param required null for as it is configured
     */
    public record NewCopyNeed(@Nullable Boolean required) {}

    /**
     * What is to be demanded of a database from now on; what is null stays as it is.
     *
     * @param maxAge how old its last good state may be
     * @param maxFullCheckAge how old the last FULL check of what protects it may be
     */
    public record NewDemands(
            @Nullable NewAge maxAge,
            @Nullable NewAge maxFullCheckAge,
            @Nullable NewCopyNeed requireCopy) {

        public static final NewDemands NONE = new NewDemands(null, null, null);
    }

    /**
     * Changes what is given, all or nothing, and leaves what is null.
     *
     * @param given the path as it was given; null exactly when {@code path}, to which it leads now, is
     * @param path as this node sees it, so with it the database belongs to this node
     * @throws ProblemException DATABASE_NOT_FOUND when none is registered under the name
     * @throws ProblemException DATABASE_EXISTS when the file at the path is registered under another name
     */
    public Database change(
            String name,
            @Nullable Path given,
            @Nullable Path path,
            @Nullable Map<String, String> labels,
            NewDemands demands) {
        catalog.inTransaction(() -> {
            if (path != null) {
                requireUnnamed(path, name);
            }
            return update(name, given, path, labels, demands);
        });
        return get(name);
    }

    private int update(
            String name,
            @Nullable Path given,
            @Nullable Path path,
            @Nullable Map<String, String> labels,
            NewDemands demands) {
        var need = demands.requireCopy();
        return catalog.update("""
                        UPDATE database SET path = coalesce(:path, path), given_path = coalesce(:given, given_path),
                            labels = coalesce(:labels, labels),
                            max_age = CASE WHEN :maxAgeGiven THEN :maxAge ELSE max_age END,
                            max_full_check_age =
                                CASE WHEN :maxFullCheckAgeGiven THEN :maxFullCheckAge ELSE max_full_check_age END,
                            require_copy = CASE WHEN :requireCopyGiven THEN :requireCopy ELSE require_copy END,
                            missing_since = CASE WHEN :path IS NULL THEN missing_since END,
                            node = CASE WHEN :path IS NULL THEN node ELSE :node END
                        WHERE name = :name AND removed_at IS NULL
                        """)
                .param("path", path == null ? null : path.toString())
                .param("given", given == null ? null : given.toString())
                .param("node", node.id().toString())
                .param("labels", labels == null ? null : catalog.toJson(labels))
                .param("maxAgeGiven", demands.maxAge() != null)
                .param("maxAge", NewAge.millis(demands.maxAge()))
                .param("maxFullCheckAgeGiven", demands.maxFullCheckAge() != null)
                .param("maxFullCheckAge", NewAge.millis(demands.maxFullCheckAge()))
                .param("requireCopyGiven", need != null)
                .param("requireCopy", need == null ? null : need.required())
                .param("name", name)
                .update();
    }

    /** Forgets the registration; snapshots stay. */
    public void remove(Database database) {
        catalog.update("UPDATE database SET removed_at = :now WHERE id = :id")
                .param("now", Instant.now(clock).toEpochMilli())
                .param("id", database.id().toString())
                .update();
    }

    private Database database(ResultSet row, int number) throws SQLException {
        return new Database(
                UUID.fromString(row.getString("id")),
                row.getString("name"),
                row.getString("path"),
                row.getString("given_path"),
                catalog.stringMap(row.getString("labels")),
                node.shown(row.getString("node")),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Catalog.instant(row.getObject("missing_since")));
    }
}
