package dev.afterimage.repository.seal;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.KeyChangeProcess;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What opens a repository, and what does not. */
class VaultTests {

    private static final UUID ID = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000b");
    private static final UUID OTHER_ID = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000c");

    @TempDir
    Path directory;

    private Secret first;
    private Secret second;
    private LocalStorage storage;

    @BeforeEach
    void makeSecrets() throws IOException {
        first = Secret.newKeyFile(directory.resolve("first"));
        second = Secret.newKeyFile(directory.resolve("second"));
        storage = new LocalStorage(directory.resolve("repository"), 0);
    }

    private static Vault vault(Storage storage, @Nullable Secret secret) {
        return new Vault(storage, () -> Optional.ofNullable(secret), Clock.systemUTC());
    }

    private Vault vault(@Nullable Secret secret) {
        return vault(storage, secret);
    }

    private boolean opens(Secret secret) {
        try {
            return vault(secret).isSealed();
        } catch (ProblemException e) {
            assertThat(e.code()).isEqualTo(ProblemCode.REPOSITORY_LOCKED);
            return false;
        }
    }

    private static Object reason(Vault vault) {
        try {
            vault.codec();
            return "opens";
        } catch (ProblemException e) {
            assertThat(e.code()).isEqualTo(ProblemCode.REPOSITORY_LOCKED);
            return e.problem().properties().get("reason");
        }
    }

    @Test
    void codecWhenTheSecretIsWrongMissingOrNotNeededSaysWhich() throws IOException {
        vault(first).identify(ID);
        assertThat(reason(vault(first))).isEqualTo("opens");
        assertThat(reason(vault(second))).isEqualTo("WRONG_SECRET");
        assertThat(reason(vault(Secret.passphrase("correct horse")))).isEqualTo("WRONG_SECRET");
        assertThat(reason(vault(null))).isEqualTo("NO_SECRET");

        var plain = new LocalStorage(directory.resolve("plain"), 0);
        vault(plain, null).identify(ID);
        assertThat(reason(vault(plain, first))).isEqualTo("NOT_SEALED");
        assertThat(vault(plain, null).isSealed()).isFalse();
    }

    @Test
    void codecWhenTheKeyIsOfAnotherRepositorySaysSo() throws IOException {
        vault(first).identify(ID);
        var other = new LocalStorage(directory.resolve("other"), 0);
        vault(other, second).identify(OTHER_ID);
        var theirs = vault(other, second).keys().getFirst().id();

        Files.copy(directory.resolve("other/keys/" + theirs), directory.resolve("repository/keys/" + theirs));

        assertThat(reason(vault(second))).isEqualTo("OTHER_REPOSITORY");
        assertThat(reason(vault(first))).isEqualTo("opens");
    }

    @Test
    void codecWhenSomeKeysAreBrokenOpensByTheOthers() throws IOException {
        vault(first).identify(ID);
        var own = Files.readString(directory.resolve(
                "repository/keys/" + vault(first).keys().getFirst().id()));
        var broken = List.of(
                "",
                "{",
                "{\"format\": 1}",
                own.replaceAll("\"salt\" : \"..", "\"salt\" : \"zz"),
                own.replaceAll("\"wrapped\" : \"..", "\"wrapped\" : \""),
                own.replace("\"format\" : 1", "\"format\" : 2"));
        for (int i = 0; i < broken.size(); i++) {
            var id = new UUID(0, i);
            var text = broken.get(i).replaceAll("\"id\" : \"[^\"]*\"", "\"id\" : \"" + id + "\"");
            assertThat(text).isNotEqualTo(own);
            Files.writeString(directory.resolve("repository/keys/" + id), text);
        }

        assertThat(reason(vault(first))).isEqualTo("opens");
        assertThat(reason(vault(second))).isEqualTo("WRONG_SECRET");
        assertThat(vault(first).keys()).hasSize(1);
    }

    @Test
    void codecWhenTheIdentityIsOfAnotherRepositorySaysSo() throws IOException {
        vault(first).identify(ID);
        var again = new LocalStorage(directory.resolve("again"), 0);
        vault(again, first).identify(ID); // of the same id, with another key

        Files.delete(directory.resolve("repository/repository.json"));
        Files.copy(directory.resolve("again/repository.json"), directory.resolve("repository/repository.json"));

        assertThat(reason(vault(first))).isEqualTo("OTHER_REPOSITORY");
    }

    /** Two processes made a repository of one id at the same time: both have put a key, and one of them is the repository's. */
    @Test
    void keyOfTheSameIdWhenItIsNotTheRepositorysIsPassedOverAndDoesNotCountAsAnother() throws IOException {
        var early = Clock.fixed(Instant.parse("2026-03-01T02:03:04Z"), ZoneOffset.UTC);
        var again = new LocalStorage(directory.resolve("again"), 0);
        new Vault(again, () -> Optional.of(first), early).identify(ID);
        vault(first).identify(ID);
        var own = vault(first).keys().getFirst().id();
        var stray = vault(again, first).keys().getFirst().id();
        Files.copy(directory.resolve("again/keys/" + stray), directory.resolve("repository/keys/" + stray));

        assertThat(reason(vault(first))).isEqualTo("opens");
        assertThatProblem(ProblemCode.KEY_NEEDED).isThrownBy(() -> vault(first).removeKey(own));
        vault(first).removeKey(stray);
        assertThat(reason(vault(first))).isEqualTo("opens");
    }

    @Test
    void codecWhenAKeyAsksForMoreThanAnybodyNeedsPassesItOver() throws IOException {
        vault(first).identify(ID);
        var passphrase = Secret.passphrase("correct horse");
        var own = vault(first).addKey(passphrase, "");
        var text = Files.readString(directory.resolve("repository/keys/" + own.id()));
        var costs = List.of(
                text.replaceAll("\"memoryKib\" : \\d+", "\"memoryKib\" : 1048576"),
                text.replaceAll("\"passes\" : \\d+", "\"passes\" : 17"),
                text.replaceAll("\"memoryKib\" : \\d+", "\"memoryKib\" : 262144")
                        .replaceAll("\"passes\" : \\d+", "\"passes\" : 16"));
        for (int i = 0; i < costs.size(); i++) {
            var id = new UUID(0, i);
            assertThat(costs.get(i)).isNotEqualTo(text);
            Files.writeString(
                    directory.resolve("repository/keys/" + id),
                    costs.get(i).replace(own.id().toString(), id.toString()));
        }

        assertThat(vault(first).keys()).hasSize(2);
        assertThat(reason(vault(passphrase))).isEqualTo("opens");
    }

    @Test
    void codecWhenTheSecretIsWrongReadsNothingButIdentityAndKeys() throws IOException {
        vault(first).identify(ID);
        var opened = new ArrayList<String>();
        var watched = new FaultyStorage(storage, call -> {
            if (!call.what().isEmpty()) {
                opened.add(call.what());
            }
        });

        assertThat(reason(vault(watched, second))).isEqualTo("WRONG_SECRET");
        assertThat(opened).isNotEmpty().allMatch(what -> what.startsWith("keys/"));
    }

    @Test
    void codecWhenOnlyTheKeysAreLeftStillOpens() throws IOException {
        vault(first).identify(ID);
        Files.delete(directory.resolve("repository/repository.json"));

        assertThat(reason(vault(first))).isEqualTo("opens");
        assertThat(reason(vault(second))).isEqualTo("WRONG_SECRET");
        assertThat(vault(first).identify(itsOwnId())).isTrue();
        assertThat(vault(first).isSealed()).isTrue();
    }

    /** The one that the keys are of: with another one nothing is identified. */
    private UUID itsOwnId() {
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED)
                .isThrownBy(() -> vault(first).identify(OTHER_ID));
        return ID;
    }

    /** Such as of a sealed repository whose keys and identity are gone: once it were called plain, these could not be put back. */
    @Test
    void identifyWhenSomethingLiesThereAndASecretIsGivenWritesNothing() throws IOException {
        Files.createDirectories(directory.resolve("repository/layers/" + OTHER_ID));
        Files.writeString(directory.resolve("repository/layers/" + OTHER_ID + "/" + ID), "x");

        assertThatProblem(ProblemCode.REPOSITORY_LOCKED)
                .isThrownBy(() -> vault(first).identify(ID));
        assertThat(storage.identity()).isEmpty();
        assertThat(storage.list("keys/")).isEmpty();

        assertThat(vault(null).identify(ID)).isTrue();
        assertThat(storage.identity().orElseThrow().canary()).isNull();
    }

    @Test
    void identifyWhenAnyCallFailsCanBeDoneAgain() throws IOException {
        for (int failing = 1, calls = 1; failing <= calls; failing++) {
            var fresh = new LocalStorage(directory.resolve("fresh" + failing), 0);
            int which = failing;
            var numbers = new ArrayList<Integer>();
            var faulty = new FaultyStorage(fresh, call -> {
                numbers.add(call.number());
                if (call.number() == which) {
                    throw FaultyStorage.failure();
                }
            });
            try {
                vault(faulty, first).identify(ID);
            } catch (StorageException e) {
                assertThat(e).hasMessageContaining("made to fail");
            }
            calls = Math.max(calls, numbers.getLast() + 1);

            assertThat(fresh.identity().isPresent()
                            || fresh.isEmpty()
                            || vault(fresh, first).isBegun(ID))
                    .as("after call " + failing)
                    .isTrue();
            vault(fresh, first).identify(ID);
            assertThat(vault(fresh, first).isSealed())
                    .as("after call " + failing)
                    .isTrue();
            if (numbers.size() < which) {
                return; // it was not called as often
            }
        }
    }

    @Test
    void replaceKeyWhenAnyCallFailsLeavesOneThatOpens() {
        vault(first).identify(ID);
        int failures = 0;
        var from = first;
        var to = second;
        for (int failing = 1; true; failing++) {
            int which = failing;
            var faulty = new FaultyStorage(storage, call -> {
                if (call.number() == which) {
                    throw FaultyStorage.failure();
                }
            });
            var old = idOpenedBy(from);
            var configured = to;
            try {
                new Vault(faulty, new Changed(from, configured)::next, Clock.systemUTC()).replaceKey(old, to, "");
            } catch (StorageException e) {
                failures++;
                assertThat(opens(from)).as("after call " + failing).isTrue();
                removeAllBut(from);
                continue;
            }
            assertThat(opens(to)).isTrue();
            assertThat(opens(from)).isFalse();
            break;
        }
        assertThat(failures).isGreaterThan(3);
    }

    /** What is configured changes while the service runs: first it opens with the old one. */
    private static final class Changed {

        private final Secret before;
        private final Secret after;
        private boolean asked;

        Changed(Secret before, Secret after) {
            this.before = before;
            this.after = after;
        }

        Optional<Secret> next() {
            var answer = asked ? after : before;
            asked = true;
            return Optional.of(answer);
        }
    }

    private UUID idOpenedBy(Secret secret) {
        return Keys.open(vault(secret).keys(), ID, secret, _ -> true).wrapped().id();
    }

    private void removeAllBut(Secret secret) {
        var keep = idOpenedBy(secret);
        for (var key : vault(secret).keys()) {
            if (!key.id().equals(keep)) {
                vault(secret).removeKey(key.id());
            }
        }
    }

    @Test
    void removeKeyWhenTheConfiguredSecretOpensNoOtherIsRefused() {
        var vault = vault(first);
        vault.identify(ID);
        var own = vault.keys().getFirst().id();
        var added = vault.addKey(second, "safe");

        assertThatProblem(ProblemCode.KEY_NEEDED).isThrownBy(() -> vault.removeKey(own));
        assertThatProblem(ProblemCode.KEY_NEEDED)
                .isThrownBy(() -> vault.replaceKey(own, Secret.passphrase("correct horse"), ""));
        assertThatProblem(ProblemCode.KEY_NOT_FOUND).isThrownBy(() -> vault.removeKey(OTHER_ID));
        assertThat(vault.keys()).extracting(WrappedKey::id).containsExactlyInAnyOrder(own, added.id());

        vault.removeKey(added.id());
        assertThat(opens(second)).isFalse();
        assertThat(opens(first)).isTrue();
    }

    @Test
    void addKeyWhenItIsTooWeakOrTheRepositoryIsPlainIsRefused() {
        var vault = vault(first);
        vault.identify(ID);
        assertThatProblem(ProblemCode.KEY_TOO_WEAK).isThrownBy(() -> vault.addKey(Secret.passphrase("seven77"), ""));
        assertThat(vault.keys()).hasSize(1);

        var plain = new LocalStorage(directory.resolve("plain"), 0);
        vault(plain, null).identify(ID);
        assertThatProblem(ProblemCode.REPOSITORY_NOT_SEALED)
                .isThrownBy(() -> vault(plain, null).addKey(first, ""));
        assertThat(vault(plain, null).keys()).isEmpty();
    }

    @Test
    void keyWhenAPassphraseOpensItIsFoundByThatPassphraseAlone() {
        vault(first).identify(ID);
        vault(first).addKey(Secret.passphrase("grüße vom schiff"), "ops");

        assertThat(opens(Secret.passphrase("grüße vom schiff"))).isTrue();
        assertThat(opens(Secret.passphrase("grüße vom schiff "))).isFalse();
    }

    @Test
    void identifyWhenAProcessIsKilledInItCanBeDoneAgain() throws Exception {
        int begun = 0;
        int made = 0;
        for (int kill = 0; kill < 6; kill++) {
            var parent = Files.createDirectory(directory.resolve("kill" + kill));
            KeyChangeProcess.makeAndKill(directory, parent, kill);
            try (var repositories = Files.list(parent)) {
                for (var root : repositories.toList()) {
                    var there = new LocalStorage(root, 0);
                    var id = UUID.fromString(root.getFileName().toString());
                    if (there.identity().isEmpty() && !there.isEmpty()) {
                        assertThat(vault(there, first).isBegun(id)).isTrue();
                        begun++;
                    }
                    made += there.identity().isPresent() ? 1 : 0;
                    vault(there, first).identify(id);
                    assertThat(vault(there, first).isSealed()).isTrue();
                }
            }
        }
        assertThat(made).isPositive();
        assertThat(begun).as("kills between the key and the identity").isPositive();
    }

    @Test
    void keysWhenAProcessIsKilledWhileItChangesThemOpenByOneOfBoth() throws Exception {
        vault(first).identify(ID);
        int between = 0;
        for (int kill = 0; kill < 6; kill++) {
            KeyChangeProcess.runAndKill(directory, kill);
            var opening = List.of(opens(first), opens(second));
            assertThat(opening).contains(true);
            between += vault(first).keys().size() > 1 ? 1 : 0;
            assertThat(storage.identity().orElseThrow().id()).isEqualTo(ID);
        }
        assertThat(between)
                .as("kills between the new key and the removal of the old one")
                .isPositive();
    }
}
