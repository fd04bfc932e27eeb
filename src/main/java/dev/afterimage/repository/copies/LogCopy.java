package dev.afterimage.repository.copies;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.objects.Usage;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * What a copy lacks of the log of a database, and what it has too much. Segments are put one after the other, the older
 * first: whenever it ends, no moment is in the copy whose past is not. For one thread.
 */
public final class LogCopy {

    private final Storage from;
    private final Storage to;
    private final Segments segments;
    private final RepositoryCopy copy;
    private final UUID databaseId;
    private final Map<UUID, Long> cuts;
    private final Map<SegmentName, Long> there;
    private final Map<SegmentName, Long> inRepository;
    private final Map<String, String> damaged = new TreeMap<>();

    private LogCopy(
            Vault source,
            RepositoryCopy copy,
            UUID databaseId,
            Map<UUID, Long> cuts,
            Map<SegmentName, Long> there,
            Map<SegmentName, Long> inRepository) {
        this.from = source.storage();
        this.to = copy.to();
        this.segments = new Segments(source);
        this.copy = copy;
        this.databaseId = databaseId;
        this.cuts = Map.copyOf(cuts);
        this.there = there;
        this.inRepository = inRepository;
    }

    /** @throws StorageException when either place cannot be listed */
    static LogCopy byLists(Vault source, RepositoryCopy copy, UUID databaseId, Map<UUID, Long> cuts) {
        // The copy's first: of what is listed there the repository's list lacks only what it lacks.
        var there = list(copy.to(), databaseId);
        return new LogCopy(source, copy, databaseId, cuts, there, list(source.storage(), databaseId));
    }

    /** Of segments that the copy lacks and the repository has; lists nothing. */
    static LogCopy of(
            Vault source, RepositoryCopy copy, UUID databaseId, Map<UUID, Long> cuts, Map<SegmentName, Long> lacking) {
        return new LogCopy(source, copy, databaseId, cuts, Map.of(), lacking);
    }

    private static Map<SegmentName, Long> list(Storage place, UUID databaseId) {
        var found = new TreeMap<SegmentName, Long>();
        for (var object : place.list(ObjectKeys.segments(databaseId))) {
            ObjectKeys.segment(databaseId, object.key()).ifPresent(name -> found.put(name, object.bytes()));
        }
        return found;
    }

    /** What the copy had of it. */
    public Usage usageThere() {
        return new Usage(
                there.size(), there.values().stream().mapToLong(Long::longValue).sum());
    }

    /** Segments that the copy lacks, that were not let go and whose place no other took, the oldest first, with their bytes. */
    private SortedMap<SegmentName, Long> lacking() {
        var lacking = new TreeMap<>(inRepository);
        lacking.keySet().removeIf(this::isCut);
        lacking.keySet().retainAll(Set.copyOf(SegmentName.current(lacking.keySet())));
        lacking.entrySet().removeAll(there.entrySet());
        return lacking;
    }

    private boolean isCut(SegmentName name) {
        var before = cuts.get(name.chain());
        return before != null && name.firstCommit() < before;
    }

    /** Bytes of these. */
    public long bytes() {
        return lacking().values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Copies what the copy lacks, but for what is damaged. What is sent is what was proven.
     *
     * @param progress told of the bytes of each piece that was read; may throw to stop
     * @return how many were put
     * @throws StorageException when either place fails; then the copy has each one whole or not at all
     */
    public long copy(LongConsumer progress) {
        long put = 0;
        for (var one : lacking().entrySet()) {
            if (copy(one.getKey(), one.getValue(), progress)) {
                put++;
            }
        }
        return put;
    }

    private boolean copy(SegmentName name, long bytes, LongConsumer progress) {
        var key = ObjectKeys.segment(databaseId, name);
        try (var object = to.create()) {
            read(key, bytes, object, progress);
            try (var written = object.asWritten()) {
                segments.require(databaseId, name, written);
            }
            if (object.put(key)) {
                copy.count(object.written());
                return true;
            }
            if (to.size(key) != object.written()) {
                throw new IllegalArgumentException("the copy has another object of that name");
            }
            return false;
        } catch (StorageException.Missing e) {
            return false; // it was let go meanwhile
        } catch (IllegalArgumentException e) {
            damaged.put(key, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void read(String key, long bytes, NewObject target, LongConsumer progress) {
        try (var object = from.open(key, bytes)) {
            var piece = ByteBuffer.allocate((int) Math.min(RepositoryCopy.PIECE, bytes));
            for (long position = 0; position < bytes; position += piece.capacity()) {
                object.read(position, piece.clear());
                progress.accept(piece.flip().remaining());
                copy.isRead(piece.remaining(), () -> progress.accept(0));
                target.write(piece);
            }
            object.isRead();
        } catch (StorageException.Unreachable e) {
            from.requirePresence(); // one object on a bad sector does not hold up the others
            throw new IllegalArgumentException("it cannot be read: " + e.getMessage(), e);
        }
    }

    /** What of the repository could not be copied since it is not as it was written or cannot be read, by its key. */
    public Map<String, String> damaged() {
        return Map.copyOf(damaged);
    }

    /**
     * Deletes what the repository has let go on purpose and has no more, and that whose place another took that the copy has. What the repository has lost
     * stays.
     *
     * @throws StorageException when the storage fails; what is left is deleted by the next run
     */
    public Usage delete() {
        var gone = new ArrayList<SegmentName>();
        long bytes = 0;
        var current = Set.copyOf(SegmentName.current(there.keySet()));
        for (var one : there.entrySet()) {
            boolean isNeeded = current.contains(one.getKey()) && !isCut(one.getKey());
            if (!isNeeded && !inRepository.containsKey(one.getKey())) {
                gone.add(one.getKey());
                bytes += one.getValue();
            }
        }
        to.delete(
                gone.stream().map(name -> ObjectKeys.segment(databaseId, name)).toList());
        return new Usage(gone.size(), bytes);
    }
}
