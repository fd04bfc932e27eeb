package dev.afterimage.storage;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.util.function.LongSupplier;

/**
 * Bytes of a storage's objects, unfinished ones included: counted once when first needed, then kept by what this
 * process writes and deletes.
 */
public final class UsedSpace {

    private final long quotaBytes;
    private final LongSupplier count;
    private long used = -1;

    public UsedSpace(long quotaBytes, LongSupplier count) {
        this.quotaBytes = quotaBytes;
        this.count = count;
    }

    /** Called before bytes are written, so that the quota is never passed. */
    public synchronized void reserve(long bytes) {
        if (quotaBytes == 0 && used < 0) {
            return; // who counts later counts them too
        }
        long after = bytes() + bytes;
        if (quotaBytes > 0 && after > quotaBytes) {
            throw new StorageException(Problem.of(
                    ProblemCode.STORAGE_FULL,
                    "The quota of %d bytes does not hold %d more bytes beside the %d in use"
                            .formatted(quotaBytes, bytes, used)));
        }
        used = after;
    }

    /** Called when bytes have gone that {@link #bytes()} has counted. */
    public synchronized void release(long bytes) {
        if (quotaBytes == 0 && used < 0) {
            return;
        }
        used = Math.max(0, bytes() - bytes);
    }

    /** What may still be reserved where the disk has that much room. */
    public synchronized long free(long onDisk) {
        return quotaBytes > 0 ? Math.min(onDisk, Math.max(0, quotaBytes - bytes())) : onDisk;
    }

    /** Counts anew when next needed. */
    public synchronized void forget() {
        used = -1;
    }

    public synchronized long bytes() {
        if (used < 0) {
            used = count.getAsLong();
        }
        return used;
    }
}
