package dev.afterimage.catalog.log;

import dev.afterimage.catalog.Catalog;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/**
 * Up to where the logs of databases were let go on purpose: what a list lacks behind that is lost, and what a copy has before it may go. A cut is noted
 * before the first of its segments is deleted.
 */
@Component
public class LogCuts {

    private final Catalog catalog;

    public LogCuts(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Nobody needs the segments of a chain any more that begin before a commit. A cut never goes back.
     *
     * @param before number of the first commit that stays; {@link Long#MAX_VALUE} for none
     */
    public void cut(UUID databaseId, UUID chain, long before) {
        catalog.update("""
                        INSERT INTO log_cut (database_id, chain, before_commit) VALUES (:databaseId, :chain, :before)
                        ON CONFLICT (database_id, chain) DO UPDATE SET before_commit = max(before_commit, :before)
                        """)
                .param("databaseId", databaseId.toString())
                .param("chain", chain.toString())
                .param("before", before)
                .update();
    }

    /** Before which commit all of a chain is let go; empty where it was never cut. */
    public Optional<Long> before(LogChain chain) {
        return Optional.ofNullable(of(chain.databaseId()).get(chain.id()));
    }

    /** By chain, before which commit all is let go. A chain that was never cut is not there. */
    public Map<UUID, Long> of(UUID databaseId) {
        var cuts = new HashMap<UUID, Long>();
        catalog.query("SELECT chain, before_commit FROM log_cut WHERE database_id = :databaseId")
                .param("databaseId", databaseId.toString())
                .query((RowCallbackHandler)
                        row -> cuts.put(UUID.fromString(row.getString("chain")), row.getLong("before_commit")));
        return cuts;
    }

    /** The databases whose logs were ever cut. */
    public Set<UUID> databases() {
        var databases = new HashSet<UUID>();
        catalog.query("SELECT DISTINCT database_id FROM log_cut")
                .query((RowCallbackHandler) row -> databases.add(UUID.fromString(row.getString(1))));
        return databases;
    }
}
