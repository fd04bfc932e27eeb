package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import dev.afterimage.storage.s3.S3Answer;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request.Kind;
import dev.afterimage.storage.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** What copies get as soon as a segment is stored: two are directories, one is a bucket behind a server that does wrong. */
@Timeout(180)
class LogCopiesTests {

    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();
    private final S3Faults faults = new S3Faults(server);
    private final S3Client behind = server.client();

    private TestBackups backups;
    private Database orders;
    private Copies copies;
    private TestCopies.Logs logs;

    @BeforeEach
    void makeCopies() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        backups.run(orders);
        copies = TestCopies.of(
                backups.catalog,
                new CopySettings(Map.of(
                        "first", directory("first"),
                        "second", directory("second"),
                        "bucket",
                                new CopySettings.OfCopy(
                                        "s3://" + bucket + "/copy", faults.settings(), null, null, null, null, true))));
        logs = TestCopies.Logs.of(backups, copies, clock);
        List.of("first", "second", "bucket").forEach(this::copy);
        faults.forget();
    }

    private CopySettings.OfCopy directory(String name) {
        return new CopySettings.OfCopy(
                dir.resolve("elsewhere").resolve(name).toString(), null, null, null, null, null, true);
    }

    @AfterEach
    void close() {
        backups.close();
        behind.close();
        faults.close();
    }

    private Copied copy(String name) {
        return logs.copying().run(name, Copying.Extent.NEWS, PageProgress.NONE);
    }

    private SegmentName segment(long first) {
        return TestSegments.put(backups.repository.vault(), orders.id(), CHAIN, first);
    }

    private Set<String> put(SegmentName name) throws IOException {
        return logs.copies().put(orders.id(), name, Files.size(here(name)));
    }

    private Path here(SegmentName name) {
        return backups.catalog.node.repositoryDirectory().orElseThrow().resolve(TestSegments.key(orders.id(), name));
    }

    private Path there(String copy, SegmentName name) {
        return dir.resolve("elsewhere").resolve(copy).resolve(TestSegments.key(orders.id(), name));
    }

    private boolean isInBucket(SegmentName name) {
        return !behind.listObjectsV2(
                        request -> request.bucket(bucket).prefix("copy/" + TestSegments.key(orders.id(), name)))
                .contents()
                .isEmpty();
    }

    private void assertInBucket(SegmentName name) throws IOException {
        assertThat(behind.getObjectAsBytes(
                                request -> request.bucket(bucket).key("copy/" + TestSegments.key(orders.id(), name)))
                        .asByteArray())
                .isEqualTo(Files.readAllBytes(here(name)));
    }

    /** Those that were put to the bucket, in that order. */
    private List<String> putToBucket() {
        return faults.seen().stream()
                .filter(one -> one.request().kind() == Kind.PUT && one.status() == 200)
                .map(one -> one.request().key())
                .toList();
    }

    @Test
    void putGivesASegmentToEachCopyByteForByte() throws IOException {
        var first = segment(1);

        assertThat(put(first)).containsExactlyInAnyOrder("first", "second", "bucket");

        assertThat(there("first", first)).hasSameBinaryContentAs(here(first));
        assertThat(there("second", first)).hasSameBinaryContentAs(here(first));
        assertInBucket(first);
        assertThat(logs.copying().totals("bucket").objects())
                .as("the snapshot's, and this")
                .isEqualTo(3);
        assertThat(logs.copies().isAnyWaiting("bucket")).isFalse();
    }

    @Test
    void putAsksABucketForLittle() throws IOException {
        put(segment(1));
        faults.forget();

        put(segment(3));

        assertThat(faults.count(Kind.LIST)).isZero();
        assertThat(faults.count()).as("it is put, and read back").isLessThanOrEqualTo(2);
    }

    @Test
    void putAgainSaysThatTheyHaveIt() throws IOException {
        var first = segment(1);
        put(first);
        assertThat(put(first)).hasSize(3);
    }

    @Test
    void putWhenACopyIsAwayGivesItToTheOthersAndAJobBringsTheRestInOrder() throws IOException {
        faults.before(_ -> S3Answer.refused(403, "AccessDenied"));
        var segments = List.of(segment(1), segment(3), segment(5));
        assertThat(put(segments.get(0))).containsExactlyInAnyOrder("first", "second");
        int asked = faults.count();
        assertThat(put(segments.get(1))).containsExactlyInAnyOrder("first", "second");
        put(segments.get(2));
        var other = UUID.randomUUID();
        var ofOther = TestSegments.put(backups.repository.vault(), other, CHAIN, 1);
        logs.copies().put(other, ofOther, backups.repository.vault().storage().size(TestSegments.key(other, ofOther)));
        assertThat(faults.count())
                .as("what is away is not asked again and again")
                .isEqualTo(asked);
        assertThat(logs.copies().isAnyWaiting("bucket")).isTrue();
        assertThat(logs.copies().isAnyWaiting("first")).isFalse();
        faults.none();
        faults.forget();

        Awaitility.await().until(() -> {
            try {
                return copy("bucket").segments() == 4;
            } catch (ProblemException e) {
                return false; // what was found out about the place is believed for a moment
            }
        });

        assertThat(putToBucket())
                .filteredOn(key -> key.contains("/log/" + orders.id()))
                .hasSize(3)
                .isSorted();
        assertThat(faults.seen())
                .as("they are known by their names")
                .noneMatch(one -> one.request().kind() == Kind.LIST
                        && one.request().query("prefix").orElse("").contains("/log/"));
        for (var segment : segments) {
            assertInBucket(segment);
        }
        assertThat(logs.copies().isAnyWaiting("bucket")).isFalse();
        assertThat(put(segment(7))).as("from then on at once").contains("bucket");
    }

    @Test
    void putWhenAPutIsRefusedLeavesTheNextOnesToTheJobToo() throws IOException {
        faults.before(
                Kind.PUT, request -> request.number() == 1 ? S3Answer.refused(403, "AccessDenied") : S3Answer.pass());
        var first = segment(1);
        var second = segment(3);

        assertThat(put(first)).doesNotContain("bucket");
        assertThat(put(second)).doesNotContain("bucket");

        assertThat(isInBucket(second)).as("an older one is missing").isFalse();
        copy("bucket");
        assertInBucket(first);
        assertInBucket(second);
    }

    @Test
    void putWhenADiskWasUnmountedWritesNothingWhereItWas() throws IOException {
        var place = dir.resolve("elsewhere/first");
        Files.move(place, dir.resolve("unmounted"));
        Files.createDirectories(place);
        var first = segment(1);

        assertThat(put(first)).containsExactlyInAnyOrder("second", "bucket");

        assertThat(place).isEmptyDirectory();
        Files.delete(place);
        Files.move(dir.resolve("unmounted"), place);
        copy("first");
        assertThat(there("first", first)).hasSameBinaryContentAs(here(first));
    }

    @Test
    void putWhenTheSegmentIsDamagedGivesItToNobody() throws IOException {
        var first = segment(1);
        var bytes = Files.readAllBytes(here(first));
        bytes[bytes.length / 2] ^= 1;
        Files.write(here(first), bytes);

        assertThat(put(first)).isEmpty();

        assertThat(there("first", first)).doesNotExist();
        assertThatThrownBy(() -> copy("first")).hasMessageContaining(TestSegments.key(orders.id(), first));
    }

    /** Its own retention would delete there what the other service needs. */
    @Test
    void putWhenACopyIsTheRepositoryOfAnotherServiceLeavesItAlone() throws IOException {
        new Hold(
                        new LocalStorage(dir.resolve("elsewhere/first"), 0),
                        UUID.randomUUID(),
                        "prod-2",
                        "0.1.0",
                        Duration.ofMinutes(5),
                        clock)
                .look();
        clock.advance(Duration.ofMinutes(10));
        var first = segment(1);

        assertThat(put(first)).containsExactlyInAnyOrder("second", "bucket");

        assertThat(there("first", first)).doesNotExist();
    }

    @Test
    void putWhenNoJobHasMadeTheCopyLeavesItToThat() throws IOException {
        var another = TestCopies.of(backups, Map.of("new", dir.resolve("new")));
        var first = segment(1);

        assertThat(TestCopies.Logs.of(backups, another, clock)
                        .copies()
                        .put(orders.id(), first, Files.size(here(first))))
                .isEmpty();

        assertThat(dir.resolve("new")).doesNotExist();
    }

    /** More than is remembered by name, or a job that died: then lists find it. */
    @Test
    void runAfterAJobThatFailedFindsByListsWhatItHadTaken() throws IOException {
        faults.before(Kind.PUT, _ -> S3Answer.refused(403, "AccessDenied"));
        var first = segment(1);
        put(first);
        assertThatThrownBy(() -> copy("bucket")).isInstanceOf(ProblemException.class);
        assertThat(logs.copies().isAnyWaiting("bucket")).isTrue();
        put(segment(3));
        faults.none();

        assertThat(copy("bucket").segments()).isEqualTo(2);

        assertInBucket(first);
        assertThat(logs.copies().isAnyWaiting("bucket")).isFalse();
    }
}
