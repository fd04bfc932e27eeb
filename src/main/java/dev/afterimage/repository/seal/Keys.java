package dev.afterimage.repository.seal;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The wrapped keys on a storage: one object for each secret that opens the repository. None is ever changed: whoever changes a passphrase adds
 * a key, proves it, and only then removes the other, so that one of them works at every moment.
 */
final class Keys {

    static final String FOLDER = "keys/";

    private static final int MAX_BYTES = 1 << 16;

    /** The key that a secret has opened. */
    record Opened(WrappedKey wrapped, RepositoryKey key) {}

    private final Storage storage;

    Keys(Storage storage) {
        this.storage = storage;
    }

    /**
     * All of them, the oldest first. What is no key, or was deleted meanwhile, is passed over.
     *
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    List<WrappedKey> list() {
        var keys = new ArrayList<WrappedKey>();
        for (var object : storage.list(FOLDER)) {
            read(object.key()).ifPresent(keys::add);
        }
        keys.sort(Comparator.comparing(WrappedKey::createdAt).thenComparing(WrappedKey::id));
        return keys;
    }

    private Optional<WrappedKey> read(String objectKey) {
        try {
            var key = WrappedKey.decode(storage.read(objectKey, MAX_BYTES));
            return Optional.of(key).filter(found -> objectKey.equals(FOLDER + found.id()));
        } catch (StorageException.Missing | IllegalArgumentException e) {
            return Optional.empty(); // one that is broken opens nothing; the others do
        }
    }

    /**
     * Opens one of a list. A key of the right repository may still be another one, such as after two processes made it at the same time, or
     * objects of two repositories were mixed: it is passed over.
     *
     * @param repository of which it must be; null where that is not known
     * @param right whether it is the key of the repository
     * @throws ProblemException REPOSITORY_LOCKED when none opens with the secret
     */
    static Opened open(
            List<WrappedKey> keys, @Nullable UUID repository, Secret secret, Predicate<RepositoryKey> right) {
        @Nullable UUID other = null;
        for (var wrapped : keys) {
            var key = wrapped.unwrap(secret);
            boolean ofThis = repository == null || wrapped.repository().equals(repository);
            if (key.isPresent() && ofThis && right.test(key.get())) {
                return new Opened(wrapped, key.get());
            }
            if (key.isPresent()) {
                other = wrapped.repository();
            }
        }
        throw other == null ? wrongSecret(keys, secret) : ofAnother(String.valueOf(repository), other);
    }

    private static ProblemException wrongSecret(List<WrappedKey> keys, Secret secret) {
        var what = secret.method() == UnlockMethod.PASSPHRASE ? "passphrase" : "key file";
        return locked(
                "None of the %d keys of the repository opens with the %s".formatted(keys.size(), what), "WRONG_SECRET");
    }

    private static ProblemException ofAnother(String repository, UUID other) {
        var detail = other.toString().equals(repository)
                ? "The key that opens is not the one of repository " + repository
                : "The key that opens is that of repository %s, not of %s which is there".formatted(other, repository);
        return locked(detail, "OTHER_REPOSITORY");
    }

    static ProblemException locked(String detail, String reason) {
        return new ProblemException(Problem.of(ProblemCode.REPOSITORY_LOCKED, detail, Map.of("reason", reason)));
    }

    /**
     * Puts another key, and proves that it opens. After a failure it may be there, and opens then.
     *
     * @throws StorageException when it cannot be put
     */
    void add(WrappedKey wrapped, RepositoryKey key, Secret secret) {
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(wrapped.encode()));
            if (!object.put(FOLDER + wrapped.id())) {
                throw new IllegalStateException("There is a key %s already".formatted(wrapped.id()));
            }
        }
        var stored = read(FOLDER + wrapped.id())
                .orElseThrow(() -> locked("The new key cannot be read back", "NEW_KEY_UNPROVEN"));
        open(List.of(stored), wrapped.repository(), secret, key::isSame);
    }

    /** @throws StorageException when it cannot be deleted */
    void remove(UUID id) {
        storage.delete(List.of(FOLDER + id));
    }
}
