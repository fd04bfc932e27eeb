package dev.afterimage.storage.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import dev.afterimage.SecondJvm;
import dev.afterimage.storage.Location;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.config.keys.AuthorizedKeysAuthenticator;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpErrorStatusDataHandler;
import org.apache.sshd.sftp.server.SftpFileSystemAccessor;
import org.apache.sshd.sftp.server.SftpSubsystem;
import org.apache.sshd.sftp.server.SftpSubsystemEnvironment;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.apache.sshd.sftp.server.SftpSubsystemProxy;

/**
 * A real SFTP server in a process of its own on a free port of 127.0.0.1, which renames as that of OpenSSH does unless it is told otherwise. Its files
 * lie in a temporary directory. It ends when it is closed, or when this JVM dies.
 */
public final class SftpServer implements AutoCloseable {

    static final String USER = "kit";
    static final String PASSWORD = "kit-password";

    private final Process process;
    private final Path directory;
    private final List<String> output = new ArrayList<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    /** One for all tests of this JVM: each takes a directory of its own. Nobody closes it. */
    public static SftpServer shared() {
        return Shared.SERVER;
    }

    private static final class Shared {
        static final SftpServer SERVER = start();
    }

    /**
     * One that the caller closes. Returns when it answers.
     *
     * @param quirks what it does otherwise, see {@link Quirk}
     */
    public static SftpServer start(String... quirks) {
        try {
            return start(Files.createTempDirectory("sftp-server"), quirks);
        } catch (IOException e) {
            throw new UncheckedIOException("The SFTP server cannot be started", e);
        }
    }

    /** The same with the files of another. */
    static SftpServer start(Path directory, String... quirks) throws IOException {
        var server = new SftpServer(directory, List.of(quirks));
        server.port();
        return server;
    }

    private SftpServer(Path directory, List<String> quirks) throws IOException {
        this.directory = directory;
        var command = SecondJvm.command(128, Program.class);
        command.add(directory.toString());
        command.addAll(quirks);
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread.ofPlatform().daemon().name("output of the SFTP server").start(this::read);
    }

    private void read() {
        try (var lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (output) {
                    output.add(line);
                }
                if (line.startsWith("port ")) {
                    port.complete(Integer.valueOf(line.substring("port ".length())));
                }
            }
            port.completeExceptionally(new AssertionError("The SFTP server ended:\n" + output()));
        } catch (IOException e) {
            port.completeExceptionally(e);
        }
    }

    /** All that it has printed. */
    List<String> output() {
        synchronized (output) {
            return List.copyOf(output);
        }
    }

    /** What it has printed after a word. */
    private List<String> told(String word) {
        return output().stream()
                .filter(line -> line.startsWith(word + " "))
                .map(line -> line.substring(word.length() + 1))
                .toList();
    }

    public int port() {
        try {
            return port.get(LongWaits.LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            close();
            throw new AssertionError("The SFTP server did not start:\n" + output(), e);
        }
    }

    /** Fingerprints of its keys, one of each kind. */
    List<String> hostKeys() {
        return told("key");
    }

    /** What a file of known hosts says of it. */
    String knownHosts() {
        return told("public").stream()
                .map(key -> "[127.0.0.1]:%d %s%n".formatted(port(), key))
                .collect(Collectors.joining());
    }

    /** How many connections it has taken. */
    int connections() {
        return told("connected").size();
    }

    /** How a storage reaches it. */
    public SftpSettings settings() {
        return settings(hostKeys(), Duration.ofSeconds(15));
    }

    static SftpSettings settings(List<String> hostKeys, Duration timeout) {
        return new SftpSettings(null, null, PASSWORD, null, hostKeys, null, null, timeout);
    }

    /** A directory that is not there yet. */
    Location.Server newLocation() {
        return location("/" + UUID.randomUUID());
    }

    Location.Server location(String path) {
        return new Location.Server(USER, "127.0.0.1", port(), directory + path);
    }

    /** Where its files lie. */
    public Path directory() {
        return directory;
    }

    /** It answers nothing any more, until {@link #goOn}. */
    public void stop() {
        signal("STOP");
    }

    public void goOn() {
        signal("CONT");
    }

    private void signal(String signal) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + signal, "" + process.pid())
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Ends it; its files stay, for another. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Ends it and removes its directory. */
    @Override
    public void close() {
        try {
            goOn();
            process.getOutputStream().close();
            if (!process.waitFor(LongWaits.LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    /** What a server may do otherwise than that of OpenSSH; with {@code =} and a value where it has one. */
    enum Quirk {
        /** Has this port. */
        PORT,
        /** Says of a name that is taken that it is this code instead of 4. */
        TAKEN,
        /** Has no extensions. */
        PLAIN,
        /** Lies on a file system without hard links, so that it looks before it renames. */
        LINKLESS,
        /** Overwrites when it renames. */
        OVERWRITES,
        /** Has room for so many bytes. */
        ROOM,
        /** Says how much room it has. */
        TELLS_ROOM,
        /** Opens at most so many channels on a connection. */
        CHANNELS,
        /** Takes at most so many connections of a user. */
        CONNECTIONS,
        /** Lets in with a key of this file, not with a password. */
        KEYS;

        private static Map<Quirk, String> parse(List<String> texts) {
            var quirks = new HashMap<Quirk, String>();
            texts.forEach(
                    text -> quirks.put(Quirk.valueOf(text.replaceAll("=.*", "")), text.replaceAll("^[^=]*=?", "")));
            return quirks;
        }
    }

    /** What runs in the other process, for as long as standard input lasts, which is as long as who started it. */
    static final class Program {

        private Program() {}

        public static void main(String[] arguments) throws Exception {
            var quirks = Quirk.parse(List.of(arguments).subList(1, arguments.length));
            Thread.ofPlatform().daemon().start(() -> endWithInput(Path.of(arguments[0])));
            var server = SshServer.setUpDefaultServer();
            server.setHost("127.0.0.1");
            server.setPort(Integer.parseInt(quirks.getOrDefault(Quirk.PORT, "0")));
            var keys = keys();
            server.setKeyPairProvider(KeyPairProvider.wrap(keys));
            logIn(server, quirks);
            CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ofMinutes(10));
            SftpModuleProperties.OPENSSH_EXTENSIONS.set(server, extensions(quirks));
            SftpModuleProperties.CLIENT_EXTENSIONS.set(server, "");
            Optional.ofNullable(quirks.get(Quirk.CHANNELS))
                    .map(Integer::valueOf)
                    .ifPresent(most -> CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, most));
            Optional.ofNullable(quirks.get(Quirk.CONNECTIONS))
                    .map(Integer::valueOf)
                    .ifPresent(most -> CoreModuleProperties.MAX_CONCURRENT_SESSIONS.set(server, most));
            server.setSubsystemFactories(List.of(new Subsystems(quirks, Path.of(arguments[0]))));
            server.addSessionListener(new SessionListener() {
                @Override
                public void sessionCreated(Session session) {
                    System.out.println("connected " + session);
                }
            });
            server.start();
            keys.forEach(key -> System.out.println("key " + SftpHostKeys.fingerprint(key.getPublic())));
            keys.forEach(key -> System.out.println("public " + PublicKeyEntry.toString(key.getPublic())));
            System.out.println("port " + server.getPort());
            Thread.sleep(Duration.ofDays(1));
        }

        private static void endWithInput(Path directory) {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
                remove(directory);
            } catch (IOException e) {
                e.printStackTrace();
            } finally {
                Runtime.getRuntime().halt(0);
            }
        }

        private static void remove(Path directory) throws IOException {
            try (var files = Files.walk(directory)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }

        private static List<KeyPair> keys() throws GeneralSecurityException {
            return List.of(
                    KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256),
                    KeyUtils.generateKeyPair(KeyPairProvider.ECDSA_SHA2_NISTP256, 256));
        }

        private static void logIn(SshServer server, Map<Quirk, String> quirks) {
            var file = quirks.get(Quirk.KEYS);
            PasswordAuthenticator byPassword =
                    (user, password, _) -> file == null && user.equals(USER) && password.equals(PASSWORD);
            PublickeyAuthenticator byKey =
                    file == null ? (_, _, _) -> false : new AuthorizedKeysAuthenticator(Path.of(file));
            server.setPasswordAuthenticator(byPassword);
            server.setPublickeyAuthenticator(byKey);
        }

        private static String extensions(Map<Quirk, String> quirks) {
            var names = new ArrayList<String>();
            if (!quirks.containsKey(Quirk.PLAIN)) {
                names.addAll(List.of("fsync@openssh.com=1", "hardlink@openssh.com=1"));
            }
            if (quirks.containsKey(Quirk.TELLS_ROOM)) {
                names.add("statvfs@openssh.com=2");
            }
            return String.join(",", names);
        }
    }

    private static final class Subsystems extends SftpSubsystemFactory {

        private final Disk disk;

        Subsystems(Map<Quirk, String> quirks, Path directory) {
            disk = new Disk(quirks, directory);
            setFileSystemAccessor(disk);
            setErrorStatusDataHandler(new SftpErrorStatusDataHandler() {
                @Override
                public int resolveSubStatus(
                        SftpSubsystemEnvironment subsystem, int id, Throwable e, int command, Object... arguments) {
                    return e instanceof FileAlreadyExistsException
                            ? Integer.parseInt(quirks.getOrDefault(Quirk.TAKEN, "4"))
                            : SftpErrorStatusDataHandler.super.resolveSubStatus(subsystem, id, e, command, arguments);
                }
            });
        }

        @Override
        public Command createSubsystem(ChannelSession channel) throws IOException {
            return new SftpSubsystem(channel, this) {
                @Override
                protected void executeExtendedCommand(Buffer buffer, int id, String extension) throws IOException {
                    if (!extension.equals("statvfs@openssh.com")) {
                        super.executeExtendedCommand(buffer, id, extension);
                        return;
                    }
                    var room = new OpenSSHStatExtensionInfo();
                    room.f_bsize = 4096;
                    room.f_frsize = 1;
                    room.f_bavail = disk.room();
                    room.f_bfree = room.f_bavail;
                    var answer = prepareReply(buffer);
                    answer.putByte((byte) SftpConstants.SSH_FXP_EXTENDED_REPLY);
                    answer.putInt(id);
                    room.encode(answer);
                    send(answer);
                }
            };
        }
    }

    /** The server's disk. */
    private static final class Disk implements SftpFileSystemAccessor {

        private final Map<Quirk, String> quirks;
        private final Path directory;

        Disk(Map<Quirk, String> quirks, Path directory) {
            this.quirks = quirks;
            this.directory = directory;
        }

        long room() throws IOException {
            long room = Long.parseLong(quirks.getOrDefault(Quirk.ROOM, "" + (1L << 40)));
            return room - used();
        }

        /** Files that go away while it looks take nothing: others rename and delete meanwhile. */
        private long used() throws IOException {
            var used = new AtomicLong();
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    used.addAndGet(attributes.size());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
            return used.get();
        }

        @Override
        public void renameFile(SftpSubsystemProxy subsystem, Path from, Path to, Collection<CopyOption> options)
                throws IOException {
            if (quirks.containsKey(Quirk.OVERWRITES)) {
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            } else if (quirks.containsKey(Quirk.LINKLESS)) {
                if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
                    throw new FileAlreadyExistsException(to.toString());
                }
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            } else {
                Files.createLink(to, from);
                Files.delete(from);
            }
        }

        @Override
        public void createLink(SftpSubsystemProxy subsystem, Path link, Path existing, boolean symbolic)
                throws IOException {
            if (quirks.containsKey(Quirk.LINKLESS)) {
                throw new FileSystemException("no links here");
            }
            Files.createLink(link, existing);
        }

        @Override
        public SeekableByteChannel openFile(
                SftpSubsystemProxy subsystem,
                FileHandle fileHandle,
                Path file,
                String handle,
                Set<? extends OpenOption> options,
                FileAttribute<?>... attributes)
                throws IOException {
            var opened =
                    SftpFileSystemAccessor.super.openFile(subsystem, fileHandle, file, handle, options, attributes);
            return quirks.containsKey(Quirk.ROOM) ? new Bounded(opened) : opened;
        }

        @Override
        public void syncFileData(
                SftpSubsystemProxy subsystem, FileHandle fileHandle, Path file, String handle, Channel channel) {
            // what a crash of this machine would leave is not asked here
        }

        /** A file on a disk that can be full. */
        private final class Bounded implements SeekableByteChannel {

            private final SeekableByteChannel file;

            Bounded(SeekableByteChannel file) {
                this.file = file;
            }

            @Override
            public int write(ByteBuffer bytes) throws IOException {
                if (room() < bytes.remaining()) {
                    throw new IOException("No space left on device");
                }
                return file.write(bytes);
            }

            @Override
            public int read(ByteBuffer target) throws IOException {
                return file.read(target);
            }

            @Override
            public long position() throws IOException {
                return file.position();
            }

            @Override
            public SeekableByteChannel position(long position) throws IOException {
                file.position(position);
                return this;
            }

            @Override
            public long size() throws IOException {
                return file.size();
            }

            @Override
            public SeekableByteChannel truncate(long bytes) throws IOException {
                file.truncate(bytes);
                return this;
            }

            @Override
            public boolean isOpen() {
                return file.isOpen();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        }
    }
}
