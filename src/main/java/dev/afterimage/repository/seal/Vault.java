package dev.afterimage.repository.seal;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A storage with what opens it. Whether the repository is sealed was decided when it was made, and is looked at when the first object is
 * sealed or opened: then its keys are tried, before anything else of it is read. Safe for several threads.
 */
public final class Vault {

    /** A secret that opens nothing is not tried again for so long: each try costs half a second of a core. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Where the keys lie. */
    public static final String KEYS = Keys.FOLDER;

    private static final String CANARY = "repository.json of ";

    private final Storage storage;
    private final Supplier<Optional<Secret>> secret;
    private final Keys keys;
    private final Clock clock;
    private final List<Copy> copies;

    private volatile @Nullable Codec codec;
    private @Nullable ProblemException refusal;
    private long refusedNanos;

    /**
     * A copy of a repository: the same objects, opened by the same keys.
     *
     * @param name as the settings call it
     */
    public record Copy(String name, Vault vault) {}

    /** One that nobody has a secret for. */
    public Vault(Storage storage, Clock clock) {
        this(storage, Optional::empty, clock);
    }

    /** @param secret asked for each time when keys are tried, for files change; may throw REPOSITORY_LOCKED */
    public Vault(Storage storage, Supplier<Optional<Secret>> secret, Clock clock) {
        this(storage, secret, List.of(), clock);
    }

    /** @param copies of it, in which to read what cannot be read here, in this order */
    public Vault(Storage storage, Supplier<Optional<Secret>> secret, List<Copy> copies, Clock clock) {
        this.copies = List.copyOf(copies);
        this.storage = storage;
        this.secret = secret;
        this.keys = new Keys(storage);
        this.clock = clock;
    }

    public Storage storage() {
        return storage;
    }

    public List<Copy> copies() {
        return copies;
    }

    /** The same place, whatever is there, by the same secret. */
    public Vault asFound() {
        return new Vault(storage.asFound(), secret, clock);
    }

    /** A copy of the same repository in another place, by the same secret. */
    public Vault at(Storage place) {
        return new Vault(place, secret, clock);
    }

    /** Another storage has taken the place. */
    public synchronized void forget() {
        storage.forget();
        codec = null;
        refusal = null;
    }

    /**
     * What is stored is sealed and opened by it.
     *
     * @throws ProblemException REPOSITORY_LOCKED when the secret does not open the repository, or there is none and it is sealed, or there is
     *     one and it is not
     * @throws ProblemException STORAGE_UNREACHABLE when the storage is not there, or its keys cannot be read
     */
    public Codec codec() {
        var known = codec;
        return known == null ? unlock() : known;
    }

    private synchronized Codec unlock() {
        if (codec != null) {
            return codec;
        }
        if (refusal != null && System.nanoTime() - refusedNanos < PATIENCE.toNanos()) {
            throw new ProblemException(refusal.problem(), refusal);
        }
        try {
            storage.requirePresence();
        } catch (StorageException e) {
            return unlockedByCopy(e);
        }
        var identity = storage.identity();
        try {
            var unlocked = identity.isEmpty() ? withoutIdentity() : unlocked(identity.get());
            if (identity.isPresent()) {
                codec = unlocked; // else it may get one
            }
            return unlocked;
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.REPOSITORY_LOCKED) { // not because the storage went away meanwhile
                refusal = e;
                refusedNanos = System.nanoTime();
            }
            throw e;
        }
    }

    /** The keys are the same everywhere: while the storage is away, what is read from a copy can be opened. */
    private Codec unlockedByCopy(StorageException away) {
        for (var copy : copies) {
            try {
                return copy.vault().codec();
            } catch (StorageException e) {
                away.addSuppressed(e);
            }
        }
        throw away;
    }

    private Codec unlocked(StorageIdentity identity) {
        var canary = identity.canary();
        var given = secret.get();
        if (canary == null) {
            requireNoSecret(given);
            return new Plain();
        }
        var opened = Keys.open(
                keys.list(), identity.id(), require(given), key -> opens(new Sealed(key), identity.id(), canary));
        return new Sealed(opened.key());
    }

    private static void requireNoSecret(Optional<Secret> given) {
        if (given.isPresent()) {
            throw Keys.locked(
                    "There is a passphrase or key file for the repository, but it is not sealed: whoever reads the storage reads all",
                    "NOT_SEALED");
        }
    }

    /** What lost its identity, and is yet to be read. */
    private Codec withoutIdentity() {
        var wrapped = keys.list();
        var given = secret.get();
        if (wrapped.isEmpty()) {
            requireNoSecret(given);
            return new Plain();
        }
        return new Sealed(Keys.open(wrapped, null, require(given), _ -> true).key());
    }

    private static Secret require(Optional<Secret> given) {
        return given.orElseThrow(() -> Keys.locked(
                "The repository is sealed, and there is no passphrase and no key file for it", "NO_SECRET"));
    }

    private static boolean opens(Sealed sealed, UUID repository, String canary) {
        var stored = new ByteArrayInputStream(Base64.getDecoder().decode(canary));
        try (var content = sealed.open(CANARY + repository, stored)) {
            content.readAllBytes();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Says for ever which repository this is, and makes it a sealed one if there is a secret and nothing in it. After a failure it can be called
     * again with the same id.
     *
     * @return false when it is one already; that stays
     * @throws ProblemException REPOSITORY_LOCKED when it has keys already, such as of a call that failed, and the secret opens none, or when there
     *     is a secret and something lies there without keys; KEY_TOO_WEAK
     * @throws dev.afterimage.storage.StorageException when it cannot be written
     */
    public boolean identify(UUID id) {
        return storage.identity().isEmpty() && storage.identify(new StorageIdentity(id, canary(id)));
    }

    private @Nullable String canary(UUID id) {
        var given = secret.get();
        if (!keys.list().isEmpty()) {
            return canary(
                    new Sealed(Keys.open(keys.list(), id, require(given), _ -> true)
                            .key()),
                    id);
        }
        if (given.isEmpty()) {
            return null;
        }
        if (!storage.isEmpty()) {
            throw Keys.locked(
                    "There is a passphrase or key file for the repository, but what lies there has no keys: it is not sealed, or they are lost",
                    "NOT_SEALED");
        }
        requireLong(given.get());
        var key = RepositoryKey.random();
        // Dying behind this leaves a key and no repository: the next call finds it, and goes on with it.
        add(key, id, given.get(), "");
        return canary(new Sealed(key), id);
    }

    private static String canary(Sealed sealed, UUID id) {
        var bytes = new ByteArrayOutputStream();
        try (var content = sealed.seal(CANARY + id, bytes)) {
            content.flush();
        } catch (IOException e) {
            throw new IllegalStateException("Memory takes whatever is written to it", e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    /** Whether nothing is there but keys of that repository: of one that was begun, and not made. */
    public boolean isBegun(UUID id) {
        var wrapped = keys.list();
        return !wrapped.isEmpty()
                && wrapped.stream().allMatch(key -> key.repository().equals(id))
                && storage.list(Keys.FOLDER).size() == wrapped.size()
                && storage.hasOnlyKeys();
    }

    /** The keys that open the repository, the oldest first; none when it is not sealed. Nothing is opened for it. */
    public List<WrappedKey> keys() {
        return keys.list();
    }

    /** Whether what is stored is hidden; throws as {@link #codec} does. */
    public boolean isSealed() {
        return switch (codec()) {
            case Plain _ -> false;
            case Sealed _ -> true;
        };
    }

    /**
     * Adds a key, and proves that it opens. After a failure it may be there, and opens then.
     *
     * @param name what people call it; may be empty
     * @throws ProblemException REPOSITORY_NOT_SEALED, KEY_TOO_WEAK; then nothing has changed
     * @throws dev.afterimage.storage.StorageException when it cannot be put, or read back
     */
    public synchronized WrappedKey addKey(Secret added, String name) {
        var sealed = requireSealed();
        requireLong(added);
        return add(sealed.key(), repositoryId(), added, name);
    }

    private WrappedKey add(RepositoryKey key, UUID repository, Secret added, String name) {
        var wrapped =
                WrappedKey.wrap(key, repository, added, name, clock.instant().truncatedTo(ChronoUnit.MILLIS));
        keys.add(wrapped, key, added);
        return wrapped;
    }

    /**
     * Puts a key in the place of another: adds it, proves it, and only then removes the other. After a failure there may be both, and either opens.
     *
     * @throws ProblemException REPOSITORY_NOT_SEALED, KEY_TOO_WEAK, KEY_NOT_FOUND, or KEY_NEEDED when what is configured opens only the key that
     *     would go; then nothing has changed
     */
    public synchronized WrappedKey replaceKey(UUID id, Secret added, String name) {
        var sealed = requireSealed();
        requireLong(added);
        if (!secret.get().filter(added::isSame).isPresent()) {
            requireNotNeeded(id, sealed);
        }
        requireKey(id);
        var key = addKey(added, name);
        keys.remove(id);
        return key;
    }

    /**
     * Removes a key, unless what is configured by now opens no other: the next start could not open the repository.
     *
     * @throws ProblemException REPOSITORY_NOT_SEALED, KEY_NOT_FOUND, KEY_NEEDED; then nothing has changed
     */
    public synchronized void removeKey(UUID id) {
        var sealed = requireSealed();
        requireKey(id);
        requireNotNeeded(id, sealed);
        keys.remove(id);
    }

    private void requireNotNeeded(UUID id, Sealed sealed) {
        var others = keys.list().stream().filter(key -> !key.id().equals(id)).toList();
        try {
            Keys.open(others, repositoryId(), require(secret.get()), sealed.key()::isSame);
        } catch (ProblemException e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.KEY_NEEDED,
                            "Without key %s the passphrase or key file that is configured would not open the repository"
                                    .formatted(id),
                            Map.of("key", id.toString())),
                    e);
        }
    }

    private static void requireLong(Secret added) {
        if (!added.isLongEnough()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.KEY_TOO_WEAK,
                    "A passphrase has at least %d characters, a key file %d bytes"
                            .formatted(Secret.SHORTEST_PASSPHRASE, Secret.SHORTEST_KEY_FILE)));
        }
    }

    /** @throws ProblemException KEY_NOT_FOUND when there is none of that id */
    public void requireKey(UUID id) {
        if (keys.list().stream().noneMatch(key -> key.id().equals(id))) {
            throw new ProblemException(Problem.of(ProblemCode.KEY_NOT_FOUND, "The repository has no key " + id));
        }
    }

    private Sealed requireSealed() {
        return switch (codec()) {
            case Plain _ ->
                throw new ProblemException(
                        Problem.of(ProblemCode.REPOSITORY_NOT_SEALED, "The repository is not sealed, and has no keys"));
            case Sealed sealed -> sealed;
        };
    }

    private UUID repositoryId() {
        return storage.identity()
                .map(StorageIdentity::id)
                .orElseGet(() -> keys.list().getFirst().repository());
    }
}
