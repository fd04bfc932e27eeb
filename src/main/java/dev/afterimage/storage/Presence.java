package dev.afterimage.storage;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the storage is the one that its user means. A disk that is not mounted is an empty directory, or what lies under the
 * mount point: that is then <em>away</em>, and not a storage that has lost its objects. A look costs the read of a small file.
 */
public final class Presence {

    private static final String ADOPT = "If another service uses this repository, give this one a place of its own."
            + " To go on with it, POST /api/v1/repository/adopt with its id in `found`, then POST"
            + " /api/v1/repository/rebuild.";

    private static final String WAITING = "; jobs are tried again until their deadline."
            + " To go on with what is there instead, see STORAGE_UNREACHABLE in the list of error codes.";

    /** How to read the identity that is there. */
    @FunctionalInterface
    public interface Identity {

        /**
         * @throws NoSuchFileException when there is none
         * @throws IOException when it cannot be read, or the storage does not answer
         * @throws StorageException the same, where the storage knows better what to do about it
         */
        byte[] read() throws IOException;
    }

    private final String place;
    private final Identity identity;
    private final String remedy;
    private final @Nullable Supplier<Optional<UUID>> expected;

    /**
     * Of a storage.
     *
     * @param place where it lies, for people
     * @param remedy what to do when it is away, without a period
     * @param expected the storage that is meant; nothing while none is known, and then any is away; null where any will do
     */
    public Presence(String place, Identity identity, String remedy, @Nullable Supplier<Optional<UUID>> expected) {
        this.place = place;
        this.identity = identity;
        this.remedy = remedy;
        this.expected = expected;
    }

    /** In the same place, whatever is there. */
    public Presence ofAny() {
        return new Presence(place, identity, remedy, null);
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it is not there, is another one, or does not answer */
    public void require() {
        if (expected == null) {
            return;
        }
        var wanted = expected.get().orElse(null);
        var found = found().map(StorageIdentity::id).orElse(null);
        if (wanted == null || !wanted.equals(found)) {
            throw other(wanted, found);
        }
    }

    /**
     * What is there now; nothing where there is none.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when that cannot be read, or does not answer
     */
    public Optional<StorageIdentity> found() {
        try {
            return Optional.of(StorageIdentity.decode(identity.read()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable(e);
        }
    }

    /** What a failure to read means: only a storage that is there can be asked what is missing. */
    public StorageException reading(IOException cause, String doing) {
        require();
        return StorageException.reading(cause, doing);
    }

    /** The same of a failure to write. */
    public StorageException writing(IOException cause, String doing) {
        require();
        return StorageException.writing(cause, doing);
    }

    private StorageException other(@Nullable UUID wanted, @Nullable UUID found) {
        var there = found == null ? "no repository" : "repository " + found;
        var meant = wanted == null ? "and none is adopted yet" : "instead of repository " + wanted;
        var properties = new LinkedHashMap<String, Object>();
        if (wanted != null) {
            properties.put("expected", wanted.toString());
        }
        if (found != null) {
            properties.put("found", found.toString());
        }
        return new StorageException(Problem.of(
                ProblemCode.STORAGE_UNREACHABLE,
                "There is %s at %s, %s".formatted(there, place, meant),
                wanted == null && found != null ? ADOPT : remedy + WAITING,
                properties));
    }

    private StorageException unreadable(Exception e) {
        return new StorageException(
                Problem.of(
                        ProblemCode.STORAGE_UNREACHABLE,
                        "%s of %s cannot be read: %s".formatted(StorageIdentity.KEY, place, e),
                        remedy + WAITING),
                e);
    }
}
