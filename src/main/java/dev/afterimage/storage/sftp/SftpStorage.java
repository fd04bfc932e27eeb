package dev.afterimage.storage.sftp;

import dev.afterimage.storage.FarStorage;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.StorageKeys;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects as files below a directory of a server that speaks SFTP: an object's key is its path, and {@code tmp/} holds what is being sent.
 * Directories may be symbolic links. New objects are written to a local file first, and none is ever written twice.
 */
public final class SftpStorage extends FarStorage {

    private static final Logger log = LoggerFactory.getLogger(SftpStorage.class);

    /** Far more than any identity has. */
    private static final int MOST_IDENTITY = 4096;

    /** Requests of one call that are under way together: each waits for the line, and the server has little to do. */
    private static final int AT_ONCE = 16;

    private final SftpConnection connection;
    private final SftpFolders folders;
    private final SftpUploads uploads;
    private final SftpSpace space;
    private final SftpPut putting;

    /**
     * A certain storage, wherever it is now. Does nothing.
     *
     * @param unsent a local directory for what is not sent yet
     * @param quotaBytes the most that objects and unfinished objects may take together; 0 for no limit
     * @param expected its identity, asked for again and again; while it is none, the storage is away; null where any will do
     */
    public SftpStorage(
            Location.Server location,
            SftpSettings settings,
            Path unsent,
            long quotaBytes,
            @Nullable Supplier<Optional<UUID>> expected) {
        this(new SftpConnection(location, settings), unsent, quotaBytes, expected);
    }

    SftpStorage(SftpConnection connection, Path unsent, long quotaBytes, @Nullable Supplier<Optional<UUID>> expected) {
        super(connection.toString(), unsent, quotaBytes, expected);
        this.connection = connection;
        this.folders = new SftpFolders(connection);
        this.uploads = new SftpUploads(connection, unsent.resolve("uploads"));
        this.space = new SftpSpace(connection);
        this.putting = new SftpPut(connection, folders, uploads, space, this::rate);
    }

    @Override
    public Storage asFound() {
        return new SftpStorage(connection, unsent(), 0, null);
    }

    /** Takes no longer than one answer may: who finds a dead connection and then a dead server would wait for both. */
    @Override
    protected byte @Nullable [] lookAtIdentity() {
        var look = new FutureTask<byte @Nullable []>(this::readIdentityNow);
        Thread.ofVirtual().name("sftp-identity").start(look);
        try {
            return look.get(connection.settings().timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) { // it goes on: others may wait for the connection that it makes
            throw connection.failure(new SocketTimeoutException("no answer"), "Reading " + StorageIdentity.KEY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw connection.failure(new IOException("Interrupted", e), "Reading " + StorageIdentity.KEY);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        }
    }

    private byte @Nullable [] readIdentityNow() {
        try (var object = new SftpObject(this, connection, StorageIdentity.KEY, MOST_IDENTITY)) {
            var bytes = ByteBuffer.allocate(MOST_IDENTITY);
            object.readNow(0, bytes);
            return Arrays.copyOf(bytes.array(), bytes.position());
        } catch (IOException e) {
            if (SftpConnection.isNone(e)) {
                return null;
            }
            throw connection.failure(e, "Reading " + StorageIdentity.KEY);
        }
    }

    /** What it means that an object could not be read: only a storage that is there can be asked what is missing. */
    StorageException reading(IOException e, String key, String doing) {
        if (!SftpConnection.isNone(e)) {
            return connection.failure(e, doing);
        }
        try {
            if (folders.leadsNowhere(key)) {
                return connection.failure(e, doing);
            }
        } catch (IOException unanswered) {
            return connection.failure(unanswered, doing);
        }
        requirePresenceNow();
        return new StorageException.Missing("%s: there is no %s".formatted(doing, connection.name(key)), e);
    }

    @Override
    public void forget() {
        super.forget();
        folders.forget();
    }

    @Override
    protected boolean send(Path file, String key) {
        try {
            if (hasAtomicPuts()) {
                return putting.put(file, key);
            }
            var turn = connection.turn(key);
            turn.lock();
            try {
                return putting.put(file, key);
            } finally {
                turn.unlock();
            }
        } catch (IOException e) {
            throw connection.failure(e, "Putting " + key);
        }
    }

    @Override
    protected boolean probe() throws InterruptedException {
        try {
            boolean atomic = new SftpProbe(connection, folders, uploads).isAtomic();
            if (!atomic) {
                log.warn(
                        "{} does not refuse to rename a file to a name that is taken; only one service may write to this repository",
                        connection);
            }
            return atomic;
        } catch (IOException e) {
            throw connection.failure(e, "Trying how %s renames".formatted(connection));
        }
    }

    @Override
    public StoredObject open(String key) {
        return SftpObject.open(this, connection, StorageKeys.requireKey(key));
    }

    @Override
    public StoredObject open(String key, long bytes) {
        return new SftpObject(this, connection, StorageKeys.requireKey(key), bytes);
    }

    @Override
    public byte[] read(String key, int most) {
        try (var object = open(key)) {
            if (object.size() > most) {
                throw new IllegalArgumentException("it has %d bytes".formatted(object.size()));
            }
            var bytes = ByteBuffer.allocate((int) object.size());
            object.read(0, bytes);
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }

    @Override
    public long size(String key) {
        var name = connection.name(StorageKeys.requireKey(key));
        try {
            return connection.ask(channel -> channel.files().stat(name)).getSize();
        } catch (IOException e) {
            throw reading(e, key, "Looking at " + key);
        }
    }

    @Override
    public List<ObjectInfo> list(String prefix) {
        var objects = new ArrayList<ObjectInfo>();
        var left = List.of(StorageKeys.requirePrefix(prefix));
        boolean isFirst = true;
        while (!left.isEmpty()) {
            var below = new ArrayList<String>();
            for (var directory : read(left, isFirst)) {
                directory.entries().forEach(entry -> {
                    var key = directory.prefix() + entry.name();
                    if (entry.isFile() && StorageKeys.isKey(key)) {
                        objects.add(new ObjectInfo(key, entry.bytes()));
                    } else if (entry.isDirectory() && StorageKeys.isKey(key)) {
                        below.add(key + "/");
                    }
                });
            }
            left = below;
            isFirst = false;
        }
        objects.sort(Comparator.comparing(ObjectInfo::key));
        requirePresenceFor(objects);
        return objects;
    }

    @Override
    public List<String> folders(String prefix) {
        var below = read(List.of(StorageKeys.requirePrefix(prefix)), true).stream()
                .flatMap(directory -> directory.entries().stream())
                .filter(SftpFolders.Entry::isDirectory)
                .map(entry -> prefix + entry.name() + "/")
                .filter(folder -> StorageKeys.isKey(folder + "x"))
                .toList();
        var folders = read(below, false).stream()
                .filter(directory -> !directory.entries().isEmpty())
                .map(directory -> directory
                        .prefix()
                        .substring(prefix.length(), directory.prefix().length() - 1))
                .sorted()
                .toList();
        requirePresenceFor(folders);
        return folders;
    }

    /** What one of them has. */
    private record Directory(String prefix, List<SftpFolders.Entry> entries) {}

    private List<Directory> read(List<String> prefixes, boolean isFirst) {
        return eachAtOnce(prefixes.stream()
                .map(prefix -> (Callable<Directory>) () -> new Directory(prefix, entries(prefix, isFirst)))
                .toList());
    }

    /** None where there is no such directory: it is not made yet, or was deleted while we looked. */
    private List<SftpFolders.Entry> entries(String prefix, boolean isFirst) {
        try {
            return folders.read(prefix);
        } catch (IOException e) {
            if (!SftpConnection.isNone(e)) {
                throw connection.failure(e, "Listing " + prefix);
            }
            requireLedSomewhere(prefix, e);
            if (isFirst) {
                requirePresenceNow();
            }
            return List.of();
        }
    }

    /** Else a disk of the server is not mounted, and what was on it is not missing. */
    private void requireLedSomewhere(String prefix, IOException none) {
        try {
            if (folders.leadsNowhere(prefix)) {
                throw new StorageException.Unreachable(
                        "Listing %s: %s: a link leads to what is not there".formatted(prefix, connection), none);
            }
        } catch (IOException e) {
            throw connection.failure(e, "Listing " + prefix);
        }
    }

    /** The results in the order of the tasks. Of their failures, the first is thrown when all have ended. */
    private static <T> List<T> eachAtOnce(List<Callable<T>> tasks) {
        if (tasks.isEmpty()) {
            return List.of();
        }
        try (var threads = Executors.newFixedThreadPool(
                Math.min(tasks.size(), AT_ONCE),
                Thread.ofPlatform().name("sftp-", 0).daemon().factory())) {
            var results = new ArrayList<T>();
            for (var result : threads.invokeAll(tasks)) {
                results.add(result.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException.Unreachable("Interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure
                    ? failure
                    : new StorageException.Unreachable(String.valueOf(e.getCause()), e);
        }
    }

    @Override
    public void delete(Collection<String> keys) {
        requirePresence();
        keys.forEach(StorageKeys::requireKey);
        var refused =
                eachAtOnce(keys.stream()
                                .map(key -> (Callable<Optional<StorageException>>) () -> delete(key))
                                .toList())
                        .stream()
                        .flatMap(Optional::stream)
                        .toList();
        spaceChanged();
        if (!refused.isEmpty()) {
            throw StorageException.refused(refused, keys.size());
        }
    }

    /** What refuses it. */
    private Optional<StorageException> delete(String key) {
        var name = connection.name(key);
        try {
            connection.ask(channel -> {
                channel.files().remove(name);
                return true;
            });
            return Optional.empty();
        } catch (IOException e) {
            return SftpConnection.isNone(e) ? Optional.empty() : Optional.of(connection.failure(e, "Deleting " + key));
        }
    }

    @Override
    public void removeLeftovers() {
        super.removeLeftovers();
        try {
            uploads.removeLeftovers();
        } catch (IOException e) {
            throw connection.failure(e, "Removing what is left of uploads");
        }
    }

    @Override
    public long freeBytes() {
        requirePresence();
        try {
            return free(space.free().orElse(Long.MAX_VALUE));
        } catch (IOException e) {
            throw connection.failure(e, "Measuring " + connection);
        }
    }
}
