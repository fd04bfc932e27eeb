package dev.afterimage.copies;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.lease.PlaceOfCopy;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Gives each copy the segments of logs as soon as the repository has them. What a copy cannot be given waits for the next job that copies there, which
 * is then due. Safe for several threads.
 */
@Component
public class LogCopies {

    private static final Logger log = LoggerFactory.getLogger(LogCopies.class);

    private static final int PIECE = 1 << 20;

    private final Copies copies;
    private final RepositoryCopies made;
    private final WaitingSegments waiting;
    private final Copying copying;
    private final Repository repository;
    private final Adoptions adoptions;
    private final Node node;
    private final Clock clock;
    private final Map<String, PlaceOfCopy> places = new ConcurrentHashMap<>();

    LogCopies(
            Copies copies,
            RepositoryCopies made,
            WaitingSegments waiting,
            Copying copying,
            Repository repository,
            Adoptions adoptions,
            Node node,
            Clock clock) {
        this.copies = copies;
        this.made = made;
        this.waiting = waiting;
        this.copying = copying;
        this.repository = repository;
        this.adoptions = adoptions;
        this.node = node;
        this.clock = clock;
    }

    /**
     * Puts a segment that the repository has into each copy, byte for byte: it is read and proven once, and sent to all at a time. It returns when the
     * slowest one has it or has failed. A copy that fails is left alone from then on until a job has reached it. Nothing that fails is thrown: the
     * repository has the segment all the same.
     *
     * @param bytes of the object
     * @return the copies that have it now, by their names
     */
    public Set<String> put(UUID databaseId, SegmentName name, long bytes) {
        var targets = copies.all().stream()
                .filter(copy -> isMade(copy) && !waiting.add(copy.name(), databaseId, name, bytes))
                .toList();
        if (targets.isEmpty()) {
            return Set.of();
        }
        var segment = new ToPut(databaseId, name, bytes);
        try {
            repository.requireWritable(); // who writes to it no more has no say in what its copies have
            return segment.into(targets);
        } catch (StorageException.Missing _) {
            return Set.of(); // it was let go, or merged, meanwhile
        } catch (ProblemException | IllegalArgumentException e) {
            log.warn(
                    "Segment {}/{} of the log of database {} is not copied yet: {}",
                    name.chain(),
                    name.firstCommit(),
                    databaseId,
                    e.getMessage());
            targets.forEach(segment::waits);
            return Set.of();
        }
    }

    /** Whether a copy waits for segments that could not be put at once. */
    public boolean isAnyWaiting(String copy) {
        return waiting.isAny(copy);
    }

    /** One that no job has made yet may be a disk that is not mounted. */
    private boolean isMade(Copies.Copy copy) {
        return made.find(copy.name())
                .filter(known -> known.madeAt() != null
                        && known.location().equals(copy.location().toString())
                        && adoptions
                                .current()
                                .filter(known.repositoryId()::equals)
                                .isPresent())
                .isPresent();
    }

    private PlaceOfCopy place(Copies.Copy copy) {
        return places.computeIfAbsent(copy.name(), _ -> new PlaceOfCopy(copy.storage(), node.id(), clock));
    }

    private final class ToPut {

        private final UUID databaseId;
        private final SegmentName name;
        private final long bytes;
        private final String key;

        ToPut(UUID databaseId, SegmentName name, long bytes) {
            this.databaseId = databaseId;
            this.name = name;
            this.bytes = bytes;
            this.key = ObjectKeys.segment(databaseId, name);
        }

        void waits(Copies.Copy copy) {
            waiting.failed(copy.name(), databaseId, name, bytes);
        }

        private void failed(Copies.Copy copy, RuntimeException e) {
            log.warn("Copy {} does not get {} yet, a job will bring it: {}", copy.name(), key, e.getMessage());
            waits(copy);
        }

        Set<String> into(List<Copies.Copy> targets) {
            var objects = new LinkedHashMap<Copies.Copy, NewObject>();
            try {
                targets.forEach(copy -> begin(copy, objects));
                read(objects);
                prove(objects);
                return send(objects);
            } finally {
                objects.values().forEach(NewObject::close);
            }
        }

        private void begin(Copies.Copy copy, Map<Copies.Copy, NewObject> objects) {
            try {
                objects.put(copy, place(copy).storage().create());
            } catch (ProblemException e) {
                failed(copy, e);
            }
        }

        private void read(Map<Copies.Copy, NewObject> objects) {
            try (var object = repository.vault().storage().open(key, bytes)) {
                var piece = ByteBuffer.allocate((int) Math.min(PIECE, bytes));
                for (long position = 0; position < bytes; position += piece.capacity()) {
                    object.read(position, piece.clear());
                    piece.flip();
                    objects.entrySet().removeIf(one -> !isWritten(one.getKey(), one.getValue(), piece.duplicate()));
                }
                object.isRead();
            }
        }

        private boolean isWritten(Copies.Copy copy, NewObject object, ByteBuffer piece) {
            try {
                object.write(piece);
                return true;
            } catch (ProblemException e) {
                object.close();
                failed(copy, e);
                return false;
            }
        }

        /** All have got the same. */
        private void prove(Map<Copies.Copy, NewObject> objects) {
            for (var any : objects.values().stream().limit(1).toList()) {
                try (var written = any.asWritten()) {
                    new Segments(repository.vault()).require(databaseId, name, written);
                }
            }
        }

        private Set<String> send(Map<Copies.Copy, NewObject> objects) {
            var have = ConcurrentHashMap.<String>newKeySet();
            var running = new ArrayList<Future<?>>();
            try (var threads = Executors.newThreadPerTaskExecutor(
                    Thread.ofPlatform().name("log-copy-", 0).daemon().factory())) {
                objects.forEach((copy, object) -> running.add(threads.submit(() -> {
                    if (isSent(copy, object)) {
                        have.add(copy.name());
                    }
                })));
            } // which waits for all of them
            running.forEach(Future::resultNow);
            return new HashSet<>(have);
        }

        private boolean isSent(Copies.Copy copy, NewObject object) {
            try {
                copy.rate().take(bytes);
                if (object.put(key)) {
                    copying.totals(copy.name()).put(bytes);
                    return true;
                }
                if (copy.storage().size(key) == bytes) {
                    return true; // a job was faster
                }
                waits(copy); // it has something else of that name, which the job tells
            } catch (ProblemException | CancellationException e) { // the latter of a service that stops
                failed(copy, e);
            }
            return false;
        }
    }
}
