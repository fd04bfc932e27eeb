package dev.afterimage.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A storage on another machine, a round trip or more away. What is not sent yet lies in a local directory; what was found out about the place is
 * believed for some seconds, for puts and deletes alone.
 */
public abstract class FarStorage implements Storage {

    /** So long what was found out about the place is believed; what seems to be missing is never said by it. */
    private static final Duration BELIEVED = Duration.ofSeconds(30);

    private static final Duration NOT_TRIED_AGAIN = Duration.ofSeconds(3);

    /** Of a positive probe. */
    private static final Duration PROBED = Duration.ofDays(30);

    private static final String REMEDY = "Correct the location of the repository";

    private final String place;
    private final Path unsent;
    private final Presence presence;
    private final TemporaryFiles temporaryFiles;
    private final UsedSpace usedSpace;
    private final Object looking = new Object();
    private final Object probing = new Object();
    private volatile @Nullable Seen seen;
    private volatile Rate rate = Rate.UNLIMITED;
    private @Nullable Boolean isAtomic;

    /** What a look at the identity gave. */
    private record Seen(
            long nanos, byte @Nullable [] bytes, @Nullable StorageException failure) {

        boolean isBelieved() {
            var believed = failure == null && bytes != null ? BELIEVED : NOT_TRIED_AGAIN;
            return System.nanoTime() - nanos < believed.toNanos();
        }
    }

    /**
     * A certain storage, wherever it is now. Does nothing.
     *
     * @param place how people know it
     * @param unsent a local directory for what is not sent yet
     * @param quotaBytes the most that objects and unfinished objects may take together; 0 for no limit
     * @param expected its identity, asked for again and again; while it is none, the storage is away; null where any will do
     */
    @SuppressWarnings("this-escape") // neither asks before it is asked itself
    protected FarStorage(String place, Path unsent, long quotaBytes, @Nullable Supplier<Optional<UUID>> expected) {
        this.place = place;
        this.unsent = unsent;
        this.presence = new Presence(place, this::readIdentity, REMEDY, expected);
        this.temporaryFiles = new TemporaryFiles(unsent.resolve("objects"));
        this.usedSpace = new UsedSpace(quotaBytes, this::countBytes);
    }

    /** Sends no faster from now on. */
    public void sendAt(Rate limit) {
        rate = limit;
    }

    /** At which it sends. */
    public Rate rate() {
        return rate;
    }

    /**
     * Reads the identity in one request.
     *
     * @return null where there is none
     * @throws StorageException when that cannot be told
     */
    protected abstract byte @Nullable [] lookAtIdentity();

    /**
     * Tries with objects of its own whether of all that put under one key only one does.
     *
     * @throws StorageException when it cannot be tried
     */
    protected abstract boolean probe() throws IOException, InterruptedException;

    /** Puts what has a right to be put. */
    protected abstract boolean send(Path file, String key);

    @Override
    public final void requirePresence() {
        presence.require();
    }

    @Override
    public final Optional<StorageIdentity> identity() {
        forgetIdentity();
        return presence.found();
    }

    private byte[] readIdentity() throws IOException {
        var now = look();
        if (now.failure() != null) {
            throw now.failure();
        }
        if (now.bytes() == null) {
            throw new NoSuchFileException(StorageIdentity.KEY);
        }
        return now.bytes();
    }

    private Seen look() {
        synchronized (looking) {
            var known = seen;
            if (known == null || !known.isBelieved()) {
                known = lookNow();
                seen = known;
            }
            return known;
        }
    }

    private Seen lookNow() {
        try {
            return new Seen(System.nanoTime(), lookAtIdentity(), null);
        } catch (StorageException e) {
            return new Seen(System.nanoTime(), null, e);
        }
    }

    private void forgetIdentity() {
        seen = null;
    }

    /** Whether this is the storage that is meant, looked at anew: before something is said to be missing. */
    protected final void requirePresenceNow() {
        forgetIdentity();
        presence.require();
    }

    /** The same where nothing was listed; else what is believed will do. */
    protected final void requirePresenceFor(List<?> listed) {
        if (listed.isEmpty()) {
            forgetIdentity();
        }
        presence.require();
    }

    @Override
    public final boolean identify(StorageIdentity identity) {
        try (var object = NewObject.begin(this, temporaryFiles, usedSpace, StorageException::writing)) {
            object.write(ByteBuffer.wrap(identity.encode()));
            return object.put(StorageIdentity.KEY);
        } finally {
            forgetIdentity();
        }
    }

    @Override
    public void forget() {
        forgetIdentity();
        usedSpace.forget();
    }

    @Override
    public final NewObject create() {
        presence.require();
        return NewObject.begin(this, temporaryFiles, usedSpace, StorageException::writing);
    }

    @Override
    public final boolean put(Path file, String key) {
        if (!key.equals(StorageIdentity.KEY)) {
            StorageKeys.requireKey(key);
            presence.require();
        }
        return send(file, key);
    }

    @Override
    public final Scratch scratch() {
        presence.require();
        try {
            return new Scratch(temporaryFiles.createUnnamed());
        } catch (IOException e) {
            throw StorageException.writing(e, "Creating a temporary file in " + unsent);
        }
    }

    /** A look at the identity need not wait for it. */
    @Override
    public final boolean hasAtomicPuts() {
        synchronized (probing) {
            if (isAtomic == null) {
                isAtomic = wasAtomic() || isAtomicNow();
            }
            return isAtomic;
        }
    }

    private boolean isAtomicNow() {
        try {
            boolean atomic = probe();
            if (atomic) {
                Files.createDirectories(unsent);
                Files.writeString(probed(), place);
            }
            return atomic;
        } catch (IOException e) {
            throw StorageException.writing(e, "Trying how %s takes objects".formatted(place));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException.Unreachable("Trying how %s takes objects: interrupted".formatted(place), e);
        }
    }

    private boolean wasAtomic() {
        try {
            return Files.exists(probed())
                    && Files.readString(probed()).equals(place)
                    && Files.getLastModifiedTime(probed())
                            .toInstant()
                            .isAfter(Clock.systemUTC().instant().minus(PROBED));
        } catch (IOException e) {
            throw StorageException.writing(e, "Reading " + probed());
        }
    }

    private Path probed() {
        return unsent.resolve("probed");
    }

    @Override
    public final boolean isNear() {
        return false;
    }

    /** The local directory for what is not sent yet. */
    protected final Path unsent() {
        return unsent;
    }

    /** What is deleted no longer takes space. */
    protected final void spaceChanged() {
        usedSpace.forget();
    }

    @Override
    public void removeLeftovers() {
        presence.require();
        try {
            usedSpace.release(temporaryFiles.removeLeftovers());
        } catch (IOException e) {
            throw StorageException.writing(e, "Removing temporary files of " + unsent);
        }
    }

    @Override
    public final long usedBytes() {
        presence.require();
        return usedSpace.bytes();
    }

    /** What may still be stored, where so much is free in the place itself. */
    protected final long free(long there) {
        return usedSpace.free(there);
    }

    private long countBytes() {
        try {
            long bytes = temporaryFiles.bytes();
            for (var folder : StorageKeys.FOLDERS) {
                bytes += list(folder).stream().mapToLong(ObjectInfo::bytes).sum();
            }
            return bytes;
        } catch (IOException e) {
            throw StorageException.writing(e, "Measuring " + unsent);
        }
    }
}
