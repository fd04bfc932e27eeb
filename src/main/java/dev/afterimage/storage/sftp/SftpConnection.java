package dev.afterimage.storage.sftp;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.RetryDelay;
import dev.afterimage.storage.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.sftp.client.SftpClient.Handle;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/**
 * A server as MINA reaches it, and what its refusals mean. There is one session, made when somebody asks and made again when it is lost.
 */
final class SftpConnection {

    private static final int TRIES = 4;

    /** So long a server that refuses us is not asked again: many lock out who asks too often. */
    private static final Duration REFUSED = Duration.ofSeconds(60);

    private final Location.Server location;
    private final SftpSettings settings;
    private @Nullable SftpSession session;
    private @Nullable FutureTask<SftpSession> connecting;
    private SftpHostKeys.@Nullable Refused refused;
    private long refusedNanos;
    private volatile @Nullable List<NamedFactory<Signature>> provenKinds;

    /** Of those that put under one name at a time, where the server does not choose one of them. */
    private final Lock[] turns = Stream.generate(ReentrantLock::new).limit(16).toArray(Lock[]::new);

    SftpConnection(Location.Server location, SftpSettings settings) {
        this.location = location;
        this.settings = settings;
    }

    Location.Server location() {
        return location;
    }

    SftpSettings settings() {
        return settings;
    }

    String name(String key) {
        return location.name(key);
    }

    /** Held by who puts under a key, where the server refuses no name that is taken: others of this process wait. */
    Lock turn(String key) {
        return turns[Math.floorMod(key.hashCode(), turns.length)];
    }

    /** Something to ask the server. */
    @FunctionalInterface
    interface Request<T> {

        /**
         * @throws SftpException what the server answers
         * @throws IOException when it does not answer
         */
        T on(SftpChannel channel) throws IOException;
    }

    /** What may be asked again as if it had not been asked, when no answer comes. */
    <T> T ask(Request<T> request) throws IOException {
        return ask(null, request);
    }

    /** The same on a channel that was used before, while it is of use. */
    <T> T ask(@Nullable SftpChannel wanted, Request<T> request) throws IOException {
        long begun = System.nanoTime();
        for (int tries = 1; ; tries++) {
            try {
                return once(tries == 1 ? wanted : null, request);
            } catch (SftpException | SftpHostKeys.Refused e) {
                throw e;
            } catch (IOException e) {
                boolean isLate = System.nanoTime() - begun > settings.timeout().toNanos();
                if (tries == TRIES || isLate || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                RetryDelay.sleep(tries);
            }
        }
    }

    <T> T once(Request<T> request) throws IOException {
        return once(null, request);
    }

    private <T> T once(@Nullable SftpChannel wanted, Request<T> request) throws IOException {
        var channel = wanted != null && wanted.session().reacquire(wanted) ? wanted : channel();
        try {
            return request.on(channel);
        } catch (SftpException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            channel.abort(); // what else it answers, nobody would know to what
            throw e;
        } finally {
            channel.session().release(channel);
        }
    }

    /** Closes a file that was opened on a channel. One that cannot be closed is closed with its channel. */
    void close(SftpChannel channel, Handle handle) {
        if (!channel.session().reacquire(channel)) {
            return;
        }
        try {
            channel.files().close(handle);
        } catch (SftpException e) {
            return;
        } catch (IOException e) {
            channel.abort();
        } finally {
            channel.session().release(channel);
        }
    }

    private SftpChannel channel() throws IOException {
        var current = session();
        try {
            return current.acquire();
        } catch (IOException e) {
            discard(current);
            throw e;
        }
    }

    private SftpSession session() throws IOException {
        FutureTask<SftpSession> task;
        boolean isOurs = false;
        synchronized (this) {
            if (session != null && session.isOpen()) {
                return session;
            }
            if (refused != null && System.nanoTime() - refusedNanos < REFUSED.toNanos()) {
                throw refused;
            }
            if (connecting == null) {
                connecting = new FutureTask<>(this::connect);
                isOurs = true;
            }
            task = connecting;
        }
        if (isOurs) {
            task.run();
        }
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    private SftpSession connect() throws IOException {
        try {
            var made = connectByAnyKind();
            connected(made);
            return made;
        } catch (SftpHostKeys.Refused e) {
            remember(e);
            throw e;
        } finally {
            synchronized (this) {
                connecting = null;
            }
        }
    }

    private synchronized void connected(SftpSession made) {
        session = made;
        refused = null;
    }

    private synchronized void remember(SftpHostKeys.Refused refusal) {
        refused = refusal;
        refusedNanos = System.nanoTime();
    }

    /** The key that a server shows first may be of another kind than the one that is expected. */
    private SftpSession connectByAnyKind() throws IOException {
        var shown = new LinkedHashSet<String>();
        var hostKeys = hostKeys();
        for (var kinds : kinds()) {
            hostKeys = hostKeys();
            try {
                var made = SftpSession.connect(location, settings, hostKeys, kinds);
                provenKinds = kinds;
                return made;
            } catch (IOException e) {
                if (hostKeys.isRefused()) {
                    shown.add(hostKeys.shown());
                } else if (shown.isEmpty()) {
                    throw e;
                }
            }
        }
        throw hostKeys.refusal(List.copyOf(shown));
    }

    private SftpHostKeys hostKeys() throws IOException {
        try {
            return new SftpHostKeys(location, settings);
        } catch (IOException e) {
            throw (IOException) new SftpHostKeys.Refused(
                            "The known hosts cannot be read: " + e, "Correct known-hosts-file, or set host-keys.")
                    .initCause(e);
        }
    }

    private List<List<NamedFactory<Signature>>> kinds() {
        var proven = provenKinds;
        var attempts = new ArrayList<List<NamedFactory<Signature>>>();
        if (proven != null) {
            attempts.add(proven);
        }
        var all = new ArrayList<NamedFactory<Signature>>();
        for (var kind : SftpHostKeys.Kind.values()) {
            all.addAll(kind.signatures());
        }
        attempts.add(all);
        for (var kind : SftpHostKeys.Kind.values()) {
            attempts.add(kind.signatures());
        }
        return attempts.stream().filter(kinds -> !kinds.isEmpty()).toList();
    }

    private void discard(SftpSession lost) {
        synchronized (this) {
            if (session == lost) {
                session = null;
            }
        }
        lost.close();
    }

    /** That there is nothing of the name that was asked for. */
    static boolean isNone(IOException e) {
        return e instanceof SftpException answer
                && (answer.getStatus() == SftpConstants.SSH_FX_NO_SUCH_FILE
                        || answer.getStatus() == SftpConstants.SSH_FX_NO_SUCH_PATH);
    }

    /** What it means that something was not done, however often it was tried. */
    StorageException failure(IOException e, String doing) {
        var detail = "%s: %s: %s".formatted(doing, this, e.getMessage());
        if (e instanceof SftpHostKeys.Refused refusal) {
            return away("%s: %s".formatted(doing, e.getMessage()), refusal.remedy(), e);
        }
        if (!(e instanceof SftpException answer)) {
            return away("%s: %s: %s".formatted(doing, this, e), "See that the server can be reached from here.", e);
        }
        return switch (answer.getStatus()) {
            case SftpConstants.SSH_FX_NO_SPACE_ON_FILESYSTEM, SftpConstants.SSH_FX_QUOTA_EXCEEDED ->
                new StorageException(Problem.of(ProblemCode.STORAGE_FULL, detail), e);
            case SftpConstants.SSH_FX_PERMISSION_DENIED, SftpConstants.SSH_FX_WRITE_PROTECT ->
                away(
                        detail,
                        "Let the user %s read, write and delete everything below that directory."
                                .formatted(location.user()),
                        e);
            default -> new StorageException.Unreachable(detail, e);
        };
    }

    private static StorageException away(String detail, String hint, IOException e) {
        return new StorageException(Problem.of(ProblemCode.STORAGE_UNREACHABLE, detail, hint), e);
    }

    /** Where it lies. */
    @Override
    public String toString() {
        return location.toString();
    }
}
