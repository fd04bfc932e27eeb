package dev.afterimage.storage.sftp;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.Rate;
import dev.afterimage.storage.RetryDelay;
import dev.afterimage.storage.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/**
 * Puts files on a server, under names that nothing has: first under a name of its own, whole and durable, then by a rename that refuses a name
 * that is taken. Whether that was done, the two names say and not the answer, for servers do not agree about their codes.
 */
final class SftpPut {

    private static final int TRIES = 3;
    private static final int PIECE = 1 << 20;

    private final SftpConnection connection;
    private final SftpFolders folders;
    private final SftpUploads uploads;
    private final SftpSpace space;
    private final Supplier<Rate> rate;

    /** @param rate at which it sends */
    SftpPut(SftpConnection connection, SftpFolders folders, SftpUploads uploads, SftpSpace space, Supplier<Rate> rate) {
        this.rate = rate;
        this.connection = connection;
        this.folders = folders;
        this.uploads = uploads;
        this.space = space;
    }

    /**
     * Puts one.
     *
     * @return false when something has the key, which stays
     * @throws SftpException what the server answers when it cannot be put
     * @throws IOException when the server does not answer; the object may be there, whole
     * @throws StorageException when there is no room, or something else is there than was put
     */
    boolean put(Path file, String key) throws IOException {
        if (size(key) >= 0) {
            return false;
        }
        for (int tries = 1; ; tries++) {
            try (var upload = uploads.begin()) {
                send(file, upload.key());
                return give(file, upload, key);
            } catch (SftpException | SftpHostKeys.Refused e) {
                throw e;
            } catch (UncheckedIOException e) {
                throw StorageException.writing(Objects.requireNonNull(e.getCause()), "Reading " + file);
            } catch (IOException e) {
                if (tries == TRIES || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                RetryDelay.sleep(tries);
            }
        }
    }

    /** Negative when there is none. */
    private long size(String key) throws IOException {
        try {
            return connection
                    .ask(channel -> channel.files().stat(connection.name(key)))
                    .getSize();
        } catch (SftpException e) {
            if (SftpConnection.isNone(e)) {
                return -1;
            }
            throw e;
        }
    }

    /** Writes a file to a server, durable where it can be asked for that. */
    void send(Path file, String key) throws IOException {
        long bytes = Files.size(file);
        try {
            folders.makeFor(key);
            connection.once(channel -> sendOn(channel, file, bytes, key));
        } catch (SftpException e) {
            folders.forget(); // what was known to be there may have been taken away
            if (space.isFullFor(bytes, e)) {
                throw full(bytes, key, e);
            }
            throw e;
        }
    }

    private static StorageException full(long bytes, String key, SftpException e) {
        return new StorageException(
                Problem.of(
                        ProblemCode.STORAGE_FULL,
                        "Putting %s: the server has no room for %d bytes: %s".formatted(key, bytes, e.getMessage())),
                e);
    }

    private boolean sendOn(SftpChannel channel, Path file, long bytes, String key) throws IOException {
        try (var local = FileChannel.open(file, StandardOpenOption.READ);
                var handle = channel.files()
                        .open(connection.name(key), Set.of(OpenMode.Write, OpenMode.Create, OpenMode.Exclusive))) {
            channel.write(handle, local, rate.get());
            sync(channel, handle);
            long sent = channel.files().stat(handle).getSize();
            if (sent != bytes) {
                throw new SftpException(
                        SftpConstants.SSH_FX_FAILURE, "%d bytes of %d were written".formatted(sent, bytes));
            }
            return true;
        }
    }

    private static void sync(SftpChannel channel, CloseableHandle handle) throws IOException {
        var extension = channel.files().getExtension(OpenSSHFsyncExtension.class);
        if (extension != null && extension.isSupported()) {
            try {
                extension.fsync(handle);
            } catch (SftpException e) {
                if (e.getStatus() != SftpConstants.SSH_FX_OP_UNSUPPORTED) {
                    throw e;
                }
            }
        }
    }

    private boolean give(Path file, SftpUploads.Upload upload, String key) throws IOException {
        var failure = rename(upload.key(), key);
        if (size(upload.key()) >= 0) {
            if (size(key) >= 0) {
                return false;
            }
            throw failure == null ? new SftpException(SftpConstants.SSH_FX_FAILURE, "it was not renamed") : failure;
        }
        upload.isGone();
        long bytes = size(key);
        boolean isAnswered = failure == null || failure instanceof SftpException;
        if (bytes != Files.size(file) || (!isAnswered && !isStored(file, key))) {
            throw new StorageException.Unreachable(
                    "Putting %s: %s afterwards"
                            .formatted(key, bytes < 0 ? "it is not there" : "something else is there"),
                    failure == null ? new IOException(connection.name(key)) : failure);
        }
        return true;
    }

    /** What was said instead of done, or that nothing was said. */
    private @Nullable IOException rename(String from, String to) throws IOException {
        try {
            folders.makeFor(to);
            renameOnce(from, to);
            return null;
        } catch (SftpException e) {
            if (!SftpConnection.isNone(e)) {
                return e;
            }
            folders.forget(); // a directory that was known to be there was taken away
            return renameAgain(from, to);
        } catch (SftpHostKeys.Refused e) {
            throw e;
        } catch (IOException e) {
            return e;
        }
    }

    private @Nullable IOException renameAgain(String from, String to) {
        try {
            folders.makeFor(to);
            renameOnce(from, to);
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    private void renameOnce(String from, String to) throws IOException {
        connection.once(channel -> {
            channel.files().rename(connection.name(from), connection.name(to));
            return true;
        });
    }

    /** Whether the object is the file. */
    private boolean isStored(Path file, String key) throws IOException {
        return connection.ask(channel -> {
            try (var local = FileChannel.open(file, StandardOpenOption.READ);
                    var handle = channel.files().open(connection.name(key), Set.of(OpenMode.Read))) {
                var stored = ByteBuffer.allocate(PIECE);
                var meant = ByteBuffer.allocate(PIECE);
                for (long position = 0; ; position += stored.limit()) {
                    channel.read(handle, position, stored.clear());
                    meant.clear().limit(stored.flip().limit());
                    while (meant.hasRemaining() && local.read(meant, position + meant.position()) >= 0) {}
                    if (!stored.equals(meant.flip())) {
                        return false;
                    }
                    if (stored.limit() < PIECE) {
                        return position + stored.limit() == local.size();
                    }
                }
            }
        });
    }
}
