package dev.afterimage.repository.lease;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.problem.ProblemCode.REPOSITORY_HELD;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.PageArrays;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Storages;
import dev.afterimage.repository.TestRepositories;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.sftp.SftpSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two services on one repository: one of them writes. Run for each kind of storage. */
@Timeout(300)
abstract class HoldContract {

    private static final Duration EVERY = Duration.ofMinutes(5);
    private static final String MANIFEST = "manifests/x/one.json";

    private final UUID id = UUID.randomUUID();
    private final UUID first = UUID.fromString("0197d0c2-5a00-7000-8000-000000000001");
    private final UUID second = UUID.fromString("0197d0c2-5a00-7000-8000-000000000002");
    private final TestClock clock = new TestClock();

    @TempDir
    Path directory;

    private Storage place;

    /** Where the repository of this test lies. */
    abstract Location location();

    abstract S3Settings s3();

    private Storage open(String unsent, UUID expected) {
        return Storages.open(
                location(), s3(), SftpSettings.NONE, directory.resolve(unsent), 0, () -> Optional.of(expected));
    }

    @BeforeEach
    void make() {
        place = open("unsent", id);
        assertThat(new Vault(place, clock).asFound().identify(id)).isTrue();
    }

    private Hold holdOf(UUID home) {
        return holdOf(home, place);
    }

    private Hold holdOf(UUID home, Storage storage) {
        return new Hold(storage, home, home.equals(first) ? "prod-1" : "prod-2", "0.1.0", EVERY, clock);
    }

    private static void put(Storage storage, String key) {
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)));
            object.put(key);
        }
    }

    private List<String> keys(String folder) {
        return place.list(folder).stream().map(ObjectInfo::key).toList();
    }

    private List<String> leases() {
        return keys("lease/");
    }

    private static void assertHeld(Hold hold, String... words) {
        var problem = hold.problem().orElseThrow();
        assertThat(problem.code()).isEqualTo(REPOSITORY_HELD);
        assertThat(problem.detail()).contains(words);
    }

    @Test
    void lookWhenNobodyHasItTakesTheFirst() {
        var hold = holdOf(first);

        hold.look();

        assertThat(hold.isOurs()).isTrue();
        assertThat(hold.problem()).isEmpty();
        assertThat(leases()).containsExactly("lease/000000000001");
        assertThat(holdOf(second).newest().orElseThrow().holder())
                .extracting(Lease.Holder::home, Lease.Holder::host, Lease.Holder::since, Lease.Holder::version)
                .containsExactly(first, "prod-1", clock.instant(), "0.1.0");
        put(hold.storage(), MANIFEST);
        hold.storage().delete(List.of(MANIFEST));
        assertThat(keys("manifests/")).isEmpty();
    }

    @Test
    void putWhenNobodyHasLookedYetLooks() {
        var hold = holdOf(first);

        put(hold.storage(), MANIFEST);

        assertThat(leases()).hasSize(1);
    }

    @Test
    void lookWhenAnEarlierRunOfTheHomeHadItGoesOnAtOnce() {
        holdOf(first).look();
        var restarted = holdOf(first);

        put(restarted.storage(), MANIFEST);

        assertThat(restarted.isOurs()).isTrue();
        assertThat(leases()).containsExactly("lease/000000000002");
    }

    @Test
    void everythingButReadingWhenAnotherHomeHasItIsRefused() {
        var holder = holdOf(first);
        put(holder.storage(), MANIFEST);
        var other = holdOf(second);

        other.look();

        assertHeld(other, "Another service", "the one on prod-1, which has lease 1 since 2026-03-01T12:00:00Z");
        assertThatProblem(REPOSITORY_HELD).isThrownBy(() -> put(other.storage(), "manifests/x/two.json"));
        assertThatProblem(REPOSITORY_HELD).isThrownBy(() -> other.storage().delete(List.of(MANIFEST)));
        assertThatProblem(REPOSITORY_HELD).isThrownBy(other.storage()::requireWritable);
        other.storage().requirePresence();
        assertThat(other.storage().read(MANIFEST, 100)).asString().isEqualTo(MANIFEST);
        put(other.storage(), "keys/one");
        other.storage().delete(List.of("keys/one"));
        assertThat(keys("manifests/")).containsExactly(MANIFEST);
        assertThat(leases()).containsExactly("lease/000000000001");
        put(holder.storage(), "manifests/x/three.json");
    }

    @Test
    void takeOverEndsTheOthersDeletesAtOnceAndItsPutsWithTime() {
        var old = holdOf(first);
        put(old.storage(), MANIFEST);
        var successor = holdOf(second);
        successor.look();

        var lease = successor.takeOver(1);

        assertThat(lease.epoch()).isEqualTo(2);
        assertThat(successor.isOurs()).isTrue();
        assertThat(leases()).containsExactly("lease/000000000002");
        put(successor.storage(), "manifests/x/two.json");
        put(old.storage(), "manifests/x/late.json"); // it has not noticed, and what it puts is whole
        clock.advance(Duration.ofSeconds(30));
        assertThatProblem(REPOSITORY_HELD).isThrownBy(() -> old.storage().delete(List.of("manifests/x/two.json")));
        assertThatProblem(REPOSITORY_HELD).isThrownBy(() -> put(old.storage(), "manifests/x/more.json"));
        assertHeld(old, "prod-2, which has lease 2");
        assertThat(keys("manifests/")).hasSize(3);
        assertThatProblem(REPOSITORY_HELD, "lease 2").isThrownBy(() -> old.takeOver(1));
        assertThat(old.takeOver(2).epoch()).isEqualTo(3);
        assertThat(old.isOurs()).isTrue();
    }

    @Test
    void putWhenTheLastLookIsOldLooksAgain() {
        var old = holdOf(first);
        put(old.storage(), MANIFEST);
        holdOf(second).takeOver(1);

        clock.advance(EVERY.multipliedBy(2));

        assertThatProblem(REPOSITORY_HELD).isThrownBy(() -> put(old.storage(), "manifests/x/two.json"));
    }

    @Test
    void lookWhenACopyOfTheHomeHasTakenItStops() {
        var original = holdOf(first);
        original.look();
        var copy = holdOf(first);
        copy.look();

        original.look();
        original.look();

        assertHeld(original, "Another process with a copy of this home");
        assertThat(copy.isOurs()).isTrue();
        assertThat(leases()).containsExactly("lease/000000000002");
    }

    @Test
    void lookWhenTheLeaseIsGoneTakesAHigherOne() {
        var hold = holdOf(first);
        hold.look();
        holdOf(first).look();
        place.delete(leases());

        hold.look();

        assertThat(hold.isOurs()).isTrue();
        assertThat(leases()).containsExactly("lease/000000000002");
    }

    @Test
    void lookWhenAListLeavesOutTheLeaseOfTheOtherTakesNoneBack() {
        var isShort = new AtomicBoolean();
        var loser = holdOf(
                first,
                FaultyStorage.listing(
                        place, object -> !isShort.get() || !object.key().startsWith("lease/")));
        loser.look();
        var winner = holdOf(second);
        winner.takeOver(1);
        loser.look();
        assertThat(loser.isOurs()).isFalse();

        isShort.set(true);
        loser.look();

        assertThat(loser.isOurs()).isFalse();
        assertThat(leases()).containsExactly("lease/000000000002");
        winner.look();
        assertThat(winner.isOurs()).isTrue();
    }

    @Test
    void lookWhenItCannotBeUnderstoodTakesItForThatOfAnother() {
        put(place, "lease/000000000004");
        put(place, "lease/notes");
        var hold = holdOf(first);

        hold.look();

        assertHeld(hold, "lease 4 cannot be understood");
        assertThat(hold.takeOver(4).epoch()).isEqualTo(5);
        assertThat(leases()).containsExactly("lease/000000000005", "lease/notes");
    }

    @Test
    void lookWhenAnotherRepositoryIsInThePlacePutsNothing() {
        var hold = holdOf(first, open("other", UUID.randomUUID()));

        assertThatProblem(STORAGE_UNREACHABLE).isThrownBy(hold::look);

        assertThat(leases()).isEmpty();
    }

    @Test
    void takeOverWhenTheNumberWasUsedAndDeletedMeanwhileIsRefused() {
        holdOf(first).look();
        var third = holdOf(UUID.randomUUID());
        var once = new AtomicBoolean(true);
        var slow = holdOf(second, new FaultyStorage(place, call -> {
            if (call.method().equals("put") && once.getAndSet(false)) {
                holdOf(first).look();
                third.takeOver(2);
            }
        }));

        assertThatProblem(REPOSITORY_HELD, "lease 3").isThrownBy(() -> slow.takeOver(1));

        assertThat(slow.isOurs()).isFalse();
        third.look();
        assertThat(third.isOurs()).isTrue();
    }

    @Test
    void lookWhenItIsRepeatedCostsOneListAndPutsBetweenCostNothing() {
        var calls = new ArrayList<String>();
        var hold = holdOf(first, new FaultyStorage(place, call -> calls.add(call.method() + " " + call.what())));
        hold.look();

        calls.clear();
        hold.look();
        assertThat(calls).containsExactly("requirePresence ", "list lease/");

        calls.clear();
        put(hold.storage(), MANIFEST);
        assertThat(calls).containsExactly("create ", "put " + MANIFEST);
    }

    @Test
    void lookWhenManyStartAtOnceHasOneWinner() throws Exception {
        var holds =
                IntStream.range(0, 8).mapToObj(_ -> holdOf(UUID.randomUUID())).toList();
        try (var threads = Executors.newFixedThreadPool(holds.size())) {
            var looks = holds.stream()
                    .map(hold -> (Callable<Boolean>) () -> {
                        hold.look();
                        return hold.isOurs();
                    })
                    .toList();
            for (var look : threads.invokeAll(looks)) {
                var _ = look.get();
            }
        }

        assertThat(holds).filteredOn(Hold::isOurs).hasSize(1);
        assertThat(leases()).hasSize(1);
    }

    private OtherProcess process(UUID home) {
        var arguments = new ArrayList<Object>(List.of(location(), id, home, directory.resolve("unsent-" + home)));
        if (s3().endpoint() != null) {
            arguments.addAll(List.of(s3().endpoint(), s3().accessKeyId(), s3().secretAccessKey()));
        }
        var process = OtherProcess.start(HoldProcess.class, arguments.toArray());
        process.awaitLine("ready");
        return process;
    }

    private static String said(OtherProcess process, String command) {
        process.send(command);
        return process.nextLine();
    }

    @Test
    void processesWhenTheyStartAtTheSameInstantHaveOneWinnerWhichGoesOnAfterAKill() {
        try (var one = process(first);
                var other = process(second)) {
            one.send("look");
            other.send("look");
            assertThat(List.of(one.nextLine(), other.nextLine())).containsExactlyInAnyOrder("ours", "held");
            boolean oneWon = said(one, "look").equals("ours");
            var winner = oneWon ? one : other;
            var loser = oneWon ? other : one;
            assertThat(said(loser, "save")).isEqualTo("REPOSITORY_HELD");
            var snapshot = said(winner, "save");
            assertThat(said(loser, "delete " + snapshot)).isEqualTo("REPOSITORY_HELD");

            winner.kill();

            assertThat(said(loser, "save")).isEqualTo("REPOSITORY_HELD");
            try (var restarted = process(oneWon ? first : second)) {
                assertThat(said(restarted, "delete " + snapshot)).isEqualTo("deleted");
            }
        }
    }

    @Test
    void takeOverWhileTheOtherProcessWritesLeavesWhatBothHaveWhole() throws Exception {
        var pages = PageArrays.of(4096, 50, 1);
        var hold = new Hold(place, first, "prod-1", "0.1.0", EVERY, clock);
        var repository = new Repository(new Vault(hold.storage(), clock), clock);
        var published = new ArrayList<UUID>();
        try (var other = process(second)) {
            other.send("save-on");
            for (int number = 0; number < 3; number++) {
                published.add(UUID.fromString(other.nextLine()));
            }

            hold.takeOver(1);

            try (var writer = repository.begin(NewSnapshots.DATABASE, null)) {
                writer.add(pages, PageProgress.NONE);
                published.add(writer.publish(NewSnapshots.any()).id());
            }
            for (var line = other.nextLine(); !line.equals("REPOSITORY_HELD"); line = other.nextLine()) {
                published.add(UUID.fromString(line));
            }
        }

        assertThat(repository.snapshotIds(NewSnapshots.DATABASE)).containsExactlyInAnyOrderElementsOf(published);
        for (var snapshot : published) {
            var manifest = repository.find(NewSnapshots.DATABASE, snapshot).orElseThrow();
            assertThat(TestRepositories.content(repository, manifest)).isEqualTo(pages.bytes());
        }
        assertThat(hold.isOurs()).isTrue();
    }
}
