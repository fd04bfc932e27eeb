package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The log of a database as a stopped service has left it in its repository, replayed page by page over snapshots that were downloaded before:
 * nothing of what the service itself uses to make a moment again has a part in it.
 */
final class KeptLog {

    private final ServiceSetup setup;
    private final UUID database;
    private final Segments segments;

    /** From which snapshot a chain can be replayed: what is in it was committed up to somewhere between the two. */
    private record Anchor(UUID snapshot, long from, long to) {}

    /** Sees each state that a chain can be replayed to, in the order of the commits. */
    @FunctionalInterface
    interface Observer {
        void state(UUID chain, long commit, Path file) throws Exception;
    }

    KeptLog(ServiceSetup setup, String database) throws SQLException {
        this.setup = setup;
        this.database = setup.idOf(database);
        this.segments = new Segments(new Vault(new LocalStorage(setup.repository(), 0), Clock.systemUTC()));
    }

    /** Segments by their chains, both in their order. */
    Map<UUID, List<SegmentName>> chains() {
        var chains = new LinkedHashMap<UUID, List<SegmentName>>();
        TestSegments.names(segments, database)
                .forEach(name -> chains.computeIfAbsent(name.chain(), _ -> new ArrayList<>())
                        .add(name));
        return chains;
    }

    Segment read(SegmentName name) {
        return TestSegments.read(segments, database, name, (_, _, _) -> {});
    }

    /** The last commit that a chain has; 0 where it has none. */
    long lastCommit(UUID chain) {
        var names = chains().get(chain);
        return names == null ? 0 : names.getLast().lastCommit();
    }

    /**
     * Requires each chain to go on without a gap, and each but the first to say that there is one before it.
     *
     * @param snapshots downloaded, by their ids
     * @return how many states were seen
     */
    long replay(Map<UUID, Path> snapshots, Observer observer) throws Exception {
        long seen = 0;
        var anchors = anchors(snapshots);
        Segment.End before = null;
        for (var chain : chains().entrySet()) {
            var first = read(chain.getValue().getFirst());
            assertThat(first.previous()).isEqualTo(before);
            assertThat(first.continuity())
                    .isEqualTo(before == null ? Segment.Continuity.BEGUN : Segment.Continuity.GAP);
            seen += replay(chain.getKey(), chain.getValue(), anchors, snapshots, observer);
            before = new Segment.End(chain.getKey(), chain.getValue().getLast().lastCommit());
        }
        return seen;
    }

    private Map<UUID, Anchor> anchors(Map<UUID, Path> snapshots) throws IOException, SQLException {
        var first = new TreeMap<UUID, Anchor>();
        try (var catalog = setup.copyOfCatalog();
                var query = catalog.createStatement();
                var rows = query.executeQuery("SELECT * FROM log_anchor ORDER BY to_commit")) {
            while (rows.next()) {
                var id = UUID.fromString(rows.getString("snapshot_id"));
                if (snapshots.containsKey(id)) {
                    first.putIfAbsent(
                            UUID.fromString(rows.getString("chain")),
                            new Anchor(id, rows.getLong("from_commit"), rows.getLong("to_commit")));
                }
            }
        }
        return first;
    }

    private long replay(
            UUID chain,
            List<SegmentName> names,
            Map<UUID, Anchor> anchors,
            Map<UUID, Path> snapshots,
            Observer observer)
            throws Exception {
        var anchor = anchors.get(chain);
        long next = names.getFirst().firstCommit();
        long seen = 0;
        var file = setup.root().resolve("replayed.db");
        if (anchor != null) {
            Files.copy(snapshots.get(anchor.snapshot()), file, StandardCopyOption.REPLACE_EXISTING);
        }
        for (var name : names) {
            assertThat(name.firstCommit()).as("%s goes on", name).isEqualTo(next);
            var pages = new TreeMap<Long, Map<Long, byte[]>>();
            var segment = TestSegments.read(segments, database, name, (page, commit, content) -> {
                var bytes = new byte[content.remaining()];
                content.get(bytes);
                assertThat(pages.computeIfAbsent(commit, _ -> new TreeMap<>()).put(page, bytes))
                        .isNull();
            });
            next = segment.lastCommit() + 1;
            if (anchor == null) {
                continue;
            }
            for (long commit = Math.max(segment.firstCommit(), anchor.from() + 1); commit < next; commit++) {
                apply(file, segment, commit, pages.getOrDefault(commit, Map.of()));
                if (commit >= anchor.to()) {
                    observer.state(chain, commit, file);
                    seen++;
                }
            }
        }
        return seen;
    }

    private static void apply(Path file, Segment segment, long commit, Map<Long, byte[]> pages) {
        var written = segment.commits().get((int) (commit - segment.firstCommit()));
        assertThat(pages).hasSize(written.frames());
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (var page : pages.entrySet()) {
                channel.write(ByteBuffer.wrap(page.getValue()), (page.getKey() - 1) * segment.pageSize());
            }
            channel.truncate(written.pageCount() * segment.pageSize());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of each snapshot that is just the state of one commit: the chain and that commit. */
    Map<UUID, Map.Entry<UUID, Long>> exact() throws IOException, SQLException {
        var exact = new TreeMap<UUID, Map.Entry<UUID, Long>>();
        try (var catalog = setup.copyOfCatalog();
                var query = catalog.createStatement();
                var rows = query.executeQuery("SELECT * FROM log_anchor WHERE from_commit = to_commit")) {
            while (rows.next()) {
                exact.put(
                        UUID.fromString(rows.getString("snapshot_id")),
                        Map.entry(UUID.fromString(rows.getString("chain")), rows.getLong("to_commit")));
            }
        }
        return exact;
    }
}
