package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.hashes.PageHashCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What backups make of the hashes of pages that this node keeps. That a page is not digested shows where the cache has a wrong hash of it: then its
 * change is not seen.
 */
class PageHashTests {

    private static final String ROWS = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            + " WHERE i < 7000) SELECT i, hex(randomblob(200)) FROM n";
    private static final int PAGE = 4096;
    private static final int HASH = 16;
    private static final int HEADER = 144;
    private static final int FILE_ID = 32;
    private static final int PAGES_PER_STRETCH = (1 << 20) / PAGE;
    private static final int STRETCH = (PAGES_PER_STRETCH + 1) * HASH;

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Database orders;

    @BeforeEach
    void openHome() throws Exception {
        clock.advance(Duration.between(clock.instant(), Instant.now().plusSeconds(60)));
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", ROWS);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    /** Meanwhile what is stored proves itself, page by page as it is read back here: only who reads the database can tell. */
    @Test
    void runWhenAHashIsWrongMissesTheChangeUntilAllPagesAreDigested() throws Exception {
        var begun = clock.instant();
        var stale = makeStale(Method.AUTO);
        var missing = backups.run(orders);
        clock.advance(Duration.ofDays(7).minusSeconds(1));
        var lastOfTheWeek = backups.run(orders);
        clock.advance(Duration.ofSeconds(1));
        var full = backups.run(orders);
        TestBackups.execute(orders.path(), "UPDATE t SET v = hex(randomblob(200)) WHERE id = 6000");
        var next = backups.run(orders);

        assertThat(page(backups.content(missing), stale)).isNotEqualTo(page(file(), stale));
        assertThat(lastOfTheWeek.content().treeDigest())
                .isEqualTo(missing.content().treeDigest());
        assertThat(lastOfTheWeek.capture().notes()).isEmpty();
        assertThat(full.capture().notes())
                .singleElement()
                .asString()
                .contains(
                        "1 of the pages had changed",
                        begun.truncatedTo(ChronoUnit.MILLIS).toString());
        assertThat(full.content().newBytes()).isLessThan(100_000);
        assertThat(page(backups.content(full), stale)).isNotEqualTo(page(backups.content(missing), stale));
        assertThat(next.capture().notes()).isEmpty();
        assertThat(backups.content(next)).isEqualTo(file());
    }

    @ParameterizedTest
    @EnumSource(
            value = Method.class,
            names = {"AUTO", "ONLINE", "LOCKED_COPY"})
    void runByAnyMethodDigestsNoPageThatHasTheHashThatItHad(Method method) throws Exception {
        var stale = makeStale(method);
        var missing = backups.run(orders, method);

        assertThat(page(backups.content(missing), stale)).isNotEqualTo(page(file(), stale));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "torn", "header", "deleted", "other snapshot"})
    void runWhenTheHashesAreNotThoseThatWereWrittenDigestsThePages(String how) throws Exception {
        int stale = makeStale(Method.AUTO);
        var hashes = Files.readAllBytes(cache());
        switch (how) {
            case "cut" -> Files.write(cache(), Arrays.copyOf(hashes, at(stale) + HASH));
            case "torn" -> {
                Arrays.fill(hashes, at(stale) + HASH, at(stale) + 2 * HASH, (byte) 0);
                Files.write(cache(), hashes);
            }
            case "header" -> {
                hashes[HEADER - 100] ^= 1;
                Files.write(cache(), hashes);
            }
            case "deleted" -> Files.delete(cache());
            default -> backups.repository.delete(orders.id(), List.of(newest()));
        }
        var snapshot = backups.run(orders);

        assertThat(backups.content(snapshot)).isEqualTo(file());
        assertThat(snapshot.capture().notes()).isEmpty();
    }

    @Test
    void runKeepsTheHashesFromOthersAndForgetsThemWithTheDatabase() throws Exception {
        backups.run(orders);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache())))
                .isEqualTo("rw-------");
        assertThat(Files.list(cache().getParent())).containsExactly(cache());

        var upkeep = new PageHashUpkeep(backups.catalog.databases, backups.drafts);
        upkeep.forgetRemoved();
        assertThat(cache()).exists();
        backups.catalog.databases.remove(orders);
        upkeep.forgetRemoved();
        assertThat(cache()).doesNotExist();
    }

    @Test
    void runWhenTheHashesCannotBeWrittenStillSucceeds() throws Exception {
        Files.createDirectory(cache());
        Files.createDirectory(cache().resolveSibling(orders.id() + ".first"));
        backups.run(orders);
        TestBackups.execute(orders.path(), "UPDATE t SET v = 'new' WHERE id = 5");

        assertThat(backups.content(backups.run(orders))).isEqualTo(file());
    }

    @Test
    void fullDigestIsDueWhenItsTimeIsOverOrCannotBeTold() {
        var manifest =
                backups.repository.find(orders.id(), backups.run(orders).id()).orElseThrow();
        var directory = backups.catalog.node.pageHashes();

        assertThat(new PageHashCache(directory, Duration.ofDays(7), clock).fullDigestIsDue(manifest))
                .isFalse();
        assertThat(new PageHashCache(directory, Duration.ZERO, clock).fullDigestIsDue(manifest))
                .isTrue();
        clock.advance(Duration.ofDays(-1));
        assertThat(new PageHashCache(directory, Duration.ofDays(7), clock).fullDigestIsDue(manifest))
                .isTrue();
    }

    /**
     * The newest snapshot has another version of a page than the database, and the cache says of this version that it has the hash of that page.
     *
     * @return the page, from 0
     */
    private int makeStale(Method method) throws Exception {
        var before = file();
        backups.run(orders, method);
        var hashesBefore = Files.readAllBytes(cache());
        TestBackups.execute(orders.path(), "UPDATE t SET v = hex(randomblob(200)) WHERE id = 3000");
        var after = file();
        int stale = IntStream.range(1, before.length / PAGE)
                .filter(page -> !Arrays.equals(page(before, page), page(after, page)))
                .findFirst()
                .orElseThrow();
        backups.run(orders, method);
        var hashes = Files.readAllBytes(cache());
        assertThat(hashes).hasSameSizeAs(hashesBefore);

        System.arraycopy(hashesBefore, at(stale), hashes, at(stale), HASH);
        int stretch = stale / PAGES_PER_STRETCH;
        int from = HEADER + stretch * STRETCH;
        int checksum = Math.min(from + PAGES_PER_STRETCH * HASH, hashes.length - HASH);
        var proven = ByteBuffer.allocate(HASH + Long.BYTES + checksum - from)
                .put(hashes, FILE_ID, HASH)
                .putLong(stretch)
                .put(hashes, from, checksum - from)
                .flip();
        new Sha256().truncated(proven, 0, proven.limit(), hashes, checksum);
        Files.write(cache(), hashes);
        Files.write(orders.path(), before);
        return stale;
    }

    private static int at(int page) {
        return HEADER + page / PAGES_PER_STRETCH * STRETCH + page % PAGES_PER_STRETCH * HASH;
    }

    private static byte[] page(byte[] file, int page) {
        return Arrays.copyOfRange(file, page * PAGE, (page + 1) * PAGE);
    }

    private UUID newest() {
        return backups.catalog.snapshots.newest(orders.id()).map(Snapshot::id).orElseThrow();
    }

    private Path cache() {
        return backups.catalog.node.pageHashes().resolve(orders.id().toString());
    }

    private byte[] file() throws IOException {
        return Files.readAllBytes(orders.path());
    }
}
