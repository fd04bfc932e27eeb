package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The copies of the repository: which were made, where, and how the last try to copy went. */
@Component
public class RepositoryCopies {

    /**
     * A copy that was made, or is about to be.
     *
     * @param madeAt null while it is about to be
     * @param triedAt when it was last tried to copy; null for never
     * @param succeededAt when it last had all that the repository had; null for never
     * @param listedAt when all that lies in both places was last compared; null for never
     * @param problemCode of the problem
     * @param problem why it had not at the last try; null when it had
     * @param failures how many tries have failed since the last that did not
     * @param lacking how many snapshots it lacked when the last try ended
     */
    public record Known(
            String name,
            String location,
            UUID repositoryId,
            @Nullable Instant madeAt,
            @Nullable Instant triedAt,
            @Nullable Instant succeededAt,
            @Nullable Instant listedAt,
            @Nullable String problemCode,
            @Nullable String problem,
            int failures,
            long lacking,
            long objects,
            long bytes) {}

    private final Catalog catalog;
    private final Clock clock;

    public RepositoryCopies(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    public Optional<Known> find(String copy) {
        return catalog.query("SELECT * FROM repository_copy WHERE name = :copy")
                .param("copy", copy)
                .query(RepositoryCopies::known)
                .optional();
    }

    private static Known known(ResultSet row, int number) throws SQLException {
        return new Known(
                row.getString("name"),
                row.getString("location"),
                UUID.fromString(row.getString("repository_id")),
                Catalog.instant(row.getObject("made_at")),
                Catalog.instant(row.getObject("tried_at")),
                Catalog.instant(row.getObject("succeeded_at")),
                Catalog.instant(row.getObject("listed_at")),
                row.getString("problem_code"),
                row.getString("problem"),
                row.getInt("failures"),
                row.getLong("lacking"),
                row.getLong("objects"),
                row.getLong("bytes"));
    }

    /** Notes that a copy is about to be made in a place: nothing that was known of another place counts any more. */
    public void begin(String copy, String location, UUID repositoryId) {
        catalog.inTransaction(() -> {
            CopiedSnapshots.forgetAll(catalog, copy);
            UnneededLayersOfCopies.forgetAll(catalog, copy);
            return catalog.update("""
                    INSERT INTO repository_copy (name, location, repository_id, failures, lacking, objects, bytes)
                    VALUES (:copy, :location, :repositoryId, 0, 0, 0, 0)
                    ON CONFLICT (name) DO UPDATE SET location = :location, repository_id = :repositoryId,
                        made_at = NULL, tried_at = NULL, succeeded_at = NULL, listed_at = NULL, problem_code = NULL, problem = NULL,
                        failures = 0, lacking = 0, objects = 0, bytes = 0
                    """)
                    .param("copy", copy)
                    .param("location", location)
                    .param("repositoryId", repositoryId.toString())
                    .update();
        });
    }

    public void made(String copy) {
        catalog.update("UPDATE repository_copy SET made_at = :now WHERE name = :copy AND made_at IS NULL")
                .param("copy", copy)
                .param("now", clock.millis())
                .update();
    }

    /** All that lies in both places was compared, and what the copy lacked was tried to be copied. */
    public void listed(String copy) {
        catalog.update("UPDATE repository_copy SET listed_at = :now WHERE name = :copy")
                .param("copy", copy)
                .param("now", clock.millis())
                .update();
    }

    /**
     * A try has ended.
     *
     * @param lacking how many snapshots it lacks now
     */
    public void succeeded(String copy, long lacking, long objects, long bytes) {
        catalog.update("""
                UPDATE repository_copy SET tried_at = :now, succeeded_at = :now, problem_code = NULL, problem = NULL,
                    failures = 0, lacking = :lacking, objects = :objects, bytes = :bytes
                WHERE name = :copy
                """)
                .param("copy", copy)
                .param("lacking", lacking)
                .param("objects", objects)
                .param("bytes", bytes)
                .param("now", clock.millis())
                .update();
    }

    /**
     * A try has ended without the copy having all.
     *
     * @param location of the copy, which may never have been reached
     * @param lacking how many snapshots it lacks now
     */
    public void failed(String copy, String location, UUID repositoryId, String code, String problem, long lacking) {
        catalog.inTransaction(() -> {
            if (catalog.queryInTransaction("SELECT count(*) FROM repository_copy WHERE name = :copy")
                            .param("copy", copy)
                            .query(Long.class)
                            .single()
                    == 0) {
                begin(copy, location, repositoryId);
            }
            return catalog.update("""
                    UPDATE repository_copy SET tried_at = :now, problem_code = :code, problem = :problem,
                        failures = failures + 1, lacking = :lacking
                    WHERE name = :copy
                    """)
                    .param("lacking", lacking)
                    .param("copy", copy)
                    .param("code", code)
                    .param("problem", problem)
                    .param("now", clock.millis())
                    .update();
        });
    }
}
