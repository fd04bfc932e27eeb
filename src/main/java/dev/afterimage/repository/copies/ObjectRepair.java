package dev.afterimage.repository.copies;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Puts objects back into the repository that copies of it have whole. */
final class ObjectRepair {

    /**
     * An object that a copy had.
     *
     * @param copy its name
     */
    record Repaired(String copy, String key, long bytes) {}

    private final Storage own;
    private final List<Vault.Copy> copies;
    private final boolean dryRun;
    private final List<Repaired> repaired = new ArrayList<>();

    /** @param dryRun whether nothing is written, but all is proven */
    ObjectRepair(Storage own, List<Vault.Copy> copies, boolean dryRun) {
        this.own = own;
        this.copies = List.copyOf(copies);
        this.dryRun = dryRun;
    }

    List<Vault.Copy> copies() {
        return copies;
    }

    boolean isDryRun() {
        return dryRun;
    }

    /** What was put back, or would be. */
    List<Repaired> repaired() {
        return List.copyOf(repaired);
    }

    /**
     * Puts the first whole one that a copy has in the place of one that is damaged or missing.
     *
     * @param isThere whether something has the key that has to go first
     * @param proof throws IllegalArgumentException when it is given another object than the one that was written
     * @param progress told of the bytes of each piece that was fetched; may throw to stop
     * @return false when no copy has it whole; then nothing has changed
     * @throws StorageException when the repository's storage fails; the object may be missing then, and the next call puts it
     * @throws ProblemException STORAGE_UNREACHABLE when somebody else puts it meanwhile; that stays
     */
    boolean repair(String key, boolean isThere, Consumer<StoredObject> proof, LongConsumer progress) {
        return repair(key, isThere, proof, false, progress);
    }

    /** @param secret whether the object has secrets of a catalog: only the owner of the file may read it */
    boolean repair(String key, boolean isThere, Consumer<StoredObject> proof, boolean secret, LongConsumer progress) {
        for (var copy : copies) {
            try {
                long bytes = dryRun ? proven(copy, key, proof) : put(copy, key, isThere, proof, secret, progress);
                repaired.add(new Repaired(copy.name(), key, bytes));
                return true;
            } catch (IllegalArgumentException notThere) {
                // Damage may have come there, too, or it is away: the next one may have it.
            }
        }
        return false;
    }

    private static long proven(Vault.Copy copy, String key, Consumer<StoredObject> proof) {
        try (var object = copy.vault().storage().open(key)) {
            proof.accept(object);
            return object.size();
        } catch (StorageException e) {
            throw unusable(e);
        }
    }

    /**
     * What dies with the process, or with the power, by line: before the deletion nothing has changed. Behind it the key has no object where it
     * had one that nobody could read, or none; the copy has it all the same, so the next repair puts it. The local file goes with the next
     * clean-up. Nobody ever sees a part of an object: it gets its name when all of it is durable.
     */
    private long put(
            Vault.Copy copy,
            String key,
            boolean isThere,
            Consumer<StoredObject> proof,
            boolean secret,
            LongConsumer progress) {
        try (var good = own.create()) {
            if (secret) {
                good.restrictToOwner();
            }
            fetch(copy.vault().storage(), key, good, progress);
            try (var written = good.asWritten()) {
                proof.accept(written);
            }
            good.makeDurable();
            if (isThere) {
                own.delete(List.of(key));
            }
            if (!good.put(key)) {
                throw new ProblemException(
                        Problem.of(ProblemCode.STORAGE_UNREACHABLE, "Somebody else has just put %s".formatted(key)));
            }
            return good.written();
        }
    }

    private static void fetch(Storage from, String key, NewObject into, LongConsumer progress) {
        try (var object = opened(from, key)) {
            var piece = ByteBuffer.allocateDirect(Math.clamp(object.size(), 1, RepositoryCopy.PIECE));
            for (long position = 0; position < object.size(); position += piece.capacity()) {
                read(object, position, piece.clear());
                progress.accept(piece.flip().remaining());
                into.write(piece);
            }
            object.isRead();
        }
    }

    private static StoredObject opened(Storage from, String key) {
        try {
            return from.open(key);
        } catch (StorageException e) {
            throw unusable(e);
        }
    }

    private static void read(StoredObject object, long position, ByteBuffer piece) {
        try {
            object.read(position, piece);
        } catch (StorageException e) {
            throw unusable(e);
        }
    }

    /** What fails at a copy must not be taken for a failure of the repository's storage. */
    private static IllegalArgumentException unusable(StorageException e) {
        return new IllegalArgumentException(e.getMessage(), e);
    }

    /** All bytes of a small object. */
    static byte[] bytes(StoredObject object) {
        if (object.size() > RepositoryCopy.MOST_OF_SMALL) {
            throw new IllegalArgumentException("it has %d bytes".formatted(object.size()));
        }
        var bytes = ByteBuffer.allocate((int) object.size());
        object.read(0, bytes);
        return bytes.array();
    }
}
