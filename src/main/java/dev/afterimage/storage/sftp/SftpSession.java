package dev.afterimage.storage.sftp;

import dev.afterimage.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.password.PasswordIdentityProvider;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.client.impl.AbstractSftpClient;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is logged in, with a few channels that all share. It looks again and again whether the other side lives, and is closed
 * when nobody has used it for a while.
 */
final class SftpSession {

    /** Less than firewalls and servers keep connections that nobody uses. */
    private static final Duration IDLE = Duration.ofSeconds(60);

    private static final Duration MOST_BETWEEN_BEATS = Duration.ofSeconds(10);
    private static final int MISSED_BEATS = 2;

    private final SshClient client;
    private final ClientSession session;
    private final SftpSettings settings;
    private final List<SftpChannel> channels = new ArrayList<>();
    private int opening;
    private @Nullable IOException refusal;
    private boolean closed;
    private long usedNanos = System.nanoTime();

    private SftpSession(SshClient client, ClientSession session, SftpSettings settings) {
        this.client = client;
        this.session = session;
        this.settings = settings;
    }

    /**
     * Connects and logs in.
     *
     * @param kinds of host keys that are asked for, in this order
     * @throws SftpHostKeys.Refused when it would not help to try again
     * @throws IOException when the server does not answer, or refuses
     */
    static SftpSession connect(
            Location.Server server, SftpSettings settings, SftpHostKeys hostKeys, List<NamedFactory<Signature>> kinds)
            throws IOException {
        var client = client(settings);
        client.setServerKeyVerifier(hostKeys);
        client.setSignatureFactories(kinds);
        client.start();
        boolean connected = false;
        try {
            var session = client.connect(server.user(), server.host(), server.port())
                    .verify(settings.timeout())
                    .getSession();
            logIn(session, server, settings);
            var made = new SftpSession(client, session, settings);
            Thread.ofVirtual().name("sftp-idle").start(made::closeWhenIdle);
            connected = true;
            return made;
        } catch (IllegalStateException e) {
            throw new IOException(e);
        } finally {
            if (!connected) {
                client.stop();
            }
        }
    }

    /** What the user of this machine has set up for other programs is not looked at. */
    private static SshClient client(SftpSettings settings) {
        var client = SshClient.setUpDefaultClient();
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setPasswordIdentityProvider(PasswordIdentityProvider.EMPTY_PASSWORDS_PROVIDER);
        client.setUserAuthFactories(List.of(
                new UserAuthPublicKeyFactory(
                        client.getSignatureFactories()), // those of the session are about the server's key
                UserAuthPasswordFactory.INSTANCE,
                UserAuthKeyboardInteractiveFactory.INSTANCE));
        var timeout = settings.timeout();
        var half = timeout.dividedBy(2);
        CoreModuleProperties.NIO_WORKERS.set(client, 2);
        CoreModuleProperties.AUTH_TIMEOUT.set(client, timeout);
        CoreModuleProperties.IDLE_TIMEOUT.set(client, timeout); // which is also how long an answer is waited for
        CoreModuleProperties.HEARTBEAT_REQUEST.set(client, "keepalive@openssh.com");
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(
                client, half.compareTo(MOST_BETWEEN_BEATS) < 0 ? half : MOST_BETWEEN_BEATS);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MISSED_BEATS);
        CoreModuleProperties.SOCKET_KEEPALIVE.set(client, true);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        AbstractSftpClient.SFTP_CLIENT_CMD_TIMEOUT.set(client, timeout);
        SftpModuleProperties.SFTP_CHANNEL_OPEN_TIMEOUT.set(client, timeout);
        return client;
    }

    private static void logIn(ClientSession session, Location.Server server, SftpSettings settings) throws IOException {
        var password = settings.currentPassword();
        password.ifPresent(session::addPasswordIdentity);
        var key = settings.privateKeyFile();
        if (key != null) {
            addKeys(session, key, settings);
        }
        try {
            session.auth().verify(settings.timeout());
        } catch (SshException e) {
            if (e.getDisconnectCode() != SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE) {
                throw e;
            }
            var with = key == null && password.isEmpty()
                    ? "neither a key nor a password"
                    : key == null
                            ? "this password"
                            : "the key " + key + (password.isPresent() ? " or this password" : "");
            throw new SftpHostKeys.Refused(
                    "%s lets nobody in with %s: %s".formatted(server, with, e.getMessage()),
                    "Set private-key-file or password-file to what the server knows of this user.");
        }
    }

    private static void addKeys(ClientSession session, Path file, SftpSettings settings) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var pairs = SecurityUtils.loadKeyPairIdentities(
                    session, NamedResource.ofName(file.toString()), in, passphrase(settings));
            if (pairs == null) {
                throw new IOException("there is no private key in it");
            }
            pairs.forEach(session::addPublicKeyIdentity);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw (IOException) new SftpHostKeys.Refused(
                            "The private key %s cannot be read: %s".formatted(file, e),
                            "Let private-key-file be one that ssh-keygen has made, and give its passphrase if it has one.")
                    .initCause(e);
        }
    }

    private static FilePasswordProvider passphrase(SftpSettings settings) throws IOException {
        var file = settings.privateKeyPassphraseFile();
        return file == null
                ? FilePasswordProvider.EMPTY
                : FilePasswordProvider.of(Files.readString(file).replaceAll("\\r?\\n\\z", ""));
    }

    ClientSession session() {
        return session;
    }

    synchronized boolean isOpen() {
        return !closed && session.isOpen();
    }

    /**
     * A channel to use, which is given back by {@link #release}: one that nobody uses, or a new one, or where there may be no more, one that
     * the fewest use.
     *
     * @throws IOException when the server opens none, or not in time
     */
    SftpChannel acquire() throws IOException {
        var known = acquireKnown();
        if (known != null) {
            return known;
        }
        SftpChannel opened = null;
        IOException failure = null;
        try {
            opened = new SftpChannel(this, settings.timeout());
        } catch (IOException e) {
            failure = e;
        } catch (IllegalStateException e) {
            failure = new IOException(e);
        } finally {
            opened(opened, failure);
        }
        return opened == null ? acquire() : opened;
    }

    private synchronized @Nullable SftpChannel acquireKnown() throws IOException {
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        while (true) {
            if (!isOpen()) {
                throw new IOException("the connection is closed");
            }
            channels.removeIf(channel -> !channel.isOpen());
            boolean isMore = refusal == null && channels.size() + opening < settings.mostChannels();
            var best = channels.stream()
                    .min(Comparator.comparingInt(SftpChannel::users))
                    .filter(channel -> channel.users() == 0 || !isMore);
            if (best.isPresent()) {
                best.get().count(1);
                return best.get();
            }
            if (isMore) {
                opening++;
                return null;
            }
            if (opening == 0) {
                throw refusal == null ? new IOException("no channel can be opened") : refusal;
            }
            try { // for those that are being opened by others
                TimeUnit.NANOSECONDS.timedWait(this, left(deadline));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted", e);
            }
        }
    }

    private long left(long deadline) throws IOException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new IOException("no channel was opened for %d s"
                    .formatted(settings.timeout().toSeconds()));
        }
        return left;
    }

    private synchronized void opened(@Nullable SftpChannel channel, @Nullable IOException failure) {
        opening--;
        if (channel == null) {
            refusal = failure;
        } else {
            channel.count(1);
            channels.add(channel);
        }
        notifyAll();
    }

    /** The same channel once more; false when it is of no use any more. */
    synchronized boolean reacquire(SftpChannel channel) {
        if (!isOpen() || !channel.isOpen()) {
            return false;
        }
        channel.count(1);
        return true;
    }

    synchronized void release(SftpChannel channel) {
        channel.count(-1);
        usedNanos = System.nanoTime();
    }

    private void closeWhenIdle() {
        try {
            while (!isIdle()) {
                Thread.sleep(IDLE.dividedBy(4));
            }
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isIdle() {
        boolean isUsed = opening > 0 || channels.stream().anyMatch(channel -> channel.users() > 0);
        closed |= !session.isOpen() || (!isUsed && System.nanoTime() - usedNanos > IDLE.toNanos());
        return closed;
    }

    /** What is under way fails. */
    void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        client.stop();
    }
}
