package dev.afterimage.repository.copies;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * What of the log of a database is damaged in the repository or missing there, and how it comes back from copies, the older segments first. What was let
 * go on purpose stays away. For one thread.
 */
public final class LogRepair {

    private static final String IS_MISSING = "it is missing";

    private final Storage own;
    private final Segments segments;
    private final UUID databaseId;
    private final ObjectRepair objects;
    private final Supplier<Map<UUID, Long>> cuts;
    private final TreeMap<SegmentName, Long> here = new TreeMap<>();
    private final TreeSet<SegmentName> names = new TreeSet<>();
    private final List<SegmentName> whole = new ArrayList<>();
    private final Map<SegmentName, String> left = new TreeMap<>();
    private boolean isChanged;

    /** @throws StorageException when the repository cannot be listed */
    LogRepair(Vault vault, UUID databaseId, ObjectRepair objects, Supplier<Map<UUID, Long>> cuts) {
        this.own = vault.storage();
        this.segments = new Segments(vault);
        this.databaseId = databaseId;
        this.objects = objects;
        this.cuts = cuts;
        segments.all(databaseId).forEach(one -> here.put(one.name(), one.bytes()));
        names.addAll(here.keySet());
        for (var copy : objects.copies()) {
            try {
                new Segments(copy.vault()).all(databaseId).forEach(one -> names.add(one.name()));
            } catch (StorageException e) {
                // What cannot be listed has none to give, either.
            }
        }
    }

    /** Bytes of what the repository has, which is read. */
    public long bytes() {
        return here.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Reads all that the repository has of it, and puts back what is not as it was written, or is missing while a copy has it.
     *
     * @param progress told of bytes that were read, in all; may throw to stop
     * @throws StorageException when the repository's storage fails; the next run goes on
     */
    public void run(LongConsumer progress) {
        var last = new HashMap<UUID, Segment>();
        var cut = cuts.get();
        names.removeIf(name -> isCut(name, cut));
        long done = 0;
        for (var name : SegmentName.current(names)) {
            progress.accept(done);
            var bytes = here.get(name);
            if (bytes != null) {
                lookAt(name, last);
                done += bytes;
            } else if (!isPutBack(name, false, last) && !isInParts(name, last)) {
                left.put(name, IS_MISSING);
            }
        }
        progress.accept(done);
    }

    private static boolean isCut(SegmentName name, Map<UUID, Long> cuts) {
        var before = cuts.get(name.chain());
        return before != null && name.firstCommit() < before;
    }

    private void lookAt(SegmentName name, Map<UUID, Segment> last) {
        switch (segments.condition(databaseId, name, segment -> isWhole(segment, last))) {
            case ObjectCondition.Whole _ -> {}
            case ObjectCondition.Damaged damaged -> putBack(name, damaged.found(), last);
            case ObjectCondition.Unreadable unreadable -> {
                own.requirePresence(); // a bad sector is damage here, a disk that is gone is not
                if (!isPutBack(name, true, last)) { // it may be read another time, and gives way to nothing
                    left.put(name, unreadable.reason());
                }
            }
        }
    }

    private void isWhole(Segment segment, Map<UUID, Segment> last) {
        whole.add(segment.name());
        var before = last.put(segment.chain(), segment);
        if (before != null && before.lastCommit() + 1 < segment.firstCommit()) {
            var missing = new SegmentName(segment.chain(), before.lastCommit() + 1, segment.firstCommit() - 1);
            if (!SegmentName.cover(left.keySet(), missing)) {
                left.put(missing, IS_MISSING);
            }
        }
    }

    private void putBack(SegmentName name, String found, Map<UUID, Segment> last) {
        if (isPutBack(name, true, last)) {
            return;
        }
        if (!isInParts(name, last)) {
            left.put(name, found);
        } else if (!objects.isDryRun()) {
            own.delete(List.of(ObjectKeys.segment(databaseId, name)));
            isChanged = true;
        }
    }

    /** Whether what one was made of is there still, or again: all of it was read, here or in copies. */
    private boolean isInParts(SegmentName name, Map<UUID, Segment> last) {
        var parts = SegmentName.current(names.stream().filter(name::replaces).toList());
        if (!SegmentName.cover(parts, name)) {
            return false;
        }
        for (var part : parts) {
            if (here.containsKey(part)) {
                lookAt(part, last);
            } else if (!isPutBack(part, false, last)) {
                left.put(part, IS_MISSING);
            }
        }
        return SegmentName.cover(whole, name);
    }

    /** Whether it is there again, or is not to be. */
    private boolean isPutBack(SegmentName name, boolean isListed, Map<UUID, Segment> last) {
        var key = ObjectKeys.segment(databaseId, name);
        if (isListed && !isThere(key) && (isCut(name, cuts.get()) || isReplaced(name))) {
            return true; // it was let go meanwhile, or merged
        }
        var proven = new ArrayList<Segment>();
        boolean isBack = objects.repair(
                key, isThere(key), object -> proven.add(segments.require(databaseId, name, object)), _ -> {});
        if (!isBack) {
            return false;
        }
        if (isCut(name, cuts.get()) && !objects.isDryRun()) {
            own.delete(List.of(key)); // whoever let it go has deleted it before it was there again
        } else {
            isChanged = !objects.isDryRun();
            isWhole(proven.getLast(), last);
        }
        return true;
    }

    private boolean isReplaced(SegmentName name) {
        return segments.all(databaseId).stream().anyMatch(one -> one.name().replaces(name));
    }

    private boolean isThere(String key) {
        try {
            own.size(key);
            return true;
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    /** Whether the repository has other segments now than before. */
    public boolean isChanged() {
        return isChanged;
    }

    /** Segments that were read from their first byte to their last and are as they were written, or are so again; the oldest first. */
    public List<SegmentName> whole() {
        return List.copyOf(whole);
    }

    /** What is missing or damaged, and no copy has whole, by what was found. */
    public Map<SegmentName, String> damaged() {
        return Map.copyOf(left);
    }

    /** The same as it is told of all objects. */
    public List<RepositoryRepair.Left> left() {
        return left.entrySet().stream()
                .map(one -> new RepositoryRepair.Left(
                        databaseId, ObjectKeys.segment(databaseId, one.getKey()), one.getValue(), List.of()))
                .toList();
    }
}
