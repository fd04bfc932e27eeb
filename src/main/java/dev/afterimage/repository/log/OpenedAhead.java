package dev.afterimage.repository.log;

import dev.afterimage.repository.read.Workers;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;

/** Segments in an order, of which the next ones are opened meanwhile. The caller closes it, and each one that it was given. For one thread at a time. */
final class OpenedAhead implements AutoCloseable {

    private static final int NEAR = 2;
    private static final int FAR = 16;

    private final UUID databaseId;
    private final Segments objects;
    private final Iterator<Segments.Stored> left;
    private final int ahead;
    private final Workers workers;
    private final Deque<Future<SegmentReader>> opening = new ArrayDeque<>();

    OpenedAhead(UUID databaseId, List<Segments.Stored> segments, Segments objects) {
        this.databaseId = databaseId;
        this.objects = objects;
        this.left = segments.iterator();
        this.ahead = objects.areNear() ? NEAR : FAR;
        this.workers = Workers.ofThreads(Math.min(ahead, segments.size()), "segment-opener-");
    }

    boolean hasNext() {
        return left.hasNext() || !opening.isEmpty();
    }

    /**
     * The next one.
     *
     * @throws DamagedSegmentException when it is none, is not the one of its name, or is missing
     * @throws dev.afterimage.storage.StorageException.Unreachable when it cannot be read
     */
    SegmentReader next() {
        while (opening.size() < ahead && left.hasNext()) {
            var segment = left.next();
            opening.add(workers.submit(() -> objects.open(databaseId, segment)));
        }
        var opened = Workers.await(opening.element()); // which is closed with the others where this fails
        opening.remove();
        return opened;
    }

    @Override
    public void close() {
        workers.close();
        opening.stream()
                .filter(one -> one.state() == Future.State.SUCCESS)
                .forEach(one -> one.resultNow().close());
    }
}
