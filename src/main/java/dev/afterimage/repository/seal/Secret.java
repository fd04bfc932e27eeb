package dev.afterimage.repository.seal;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.afterimage.bytes.Fsync;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What somebody has who may open a repository. */
public final class Secret {

    /** Of a new passphrase, in characters. */
    public static final int SHORTEST_PASSPHRASE = 8;

    /** Of a key file: nobody guesses as many random bytes. */
    static final int SHORTEST_KEY_FILE = 32;

    /** Far more than anybody has in one. */
    private static final int LONGEST = 1 << 16;

    private final UnlockMethod method;
    private final byte[] bytes;

    private Secret(UnlockMethod method, byte[] bytes) {
        this.method = method;
        this.bytes = bytes;
    }

    /**
     * One that did not come from a file, such as from the environment.
     *
     * @throws ProblemException REPOSITORY_LOCKED when it cannot be what was typed, because the process could not decode it
     */
    public static Secret passphrase(String passphrase) {
        if (passphrase.codePoints().anyMatch(Secret::isLost)) {
            throw unusable(
                    "The passphrase",
                    "it has characters that the locale of this process does not know; put it in a file, or set LC_ALL=C.UTF-8",
                    null);
        }
        return new Secret(UnlockMethod.PASSPHRASE, passphrase.getBytes(StandardCharsets.UTF_8));
    }

    /** Java has this sign for bytes that it cannot decode, and half a character where JSON had only that. */
    private static boolean isLost(int character) {
        return character == 0xfffd || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE);
    }

    /**
     * The first passphrase of a file: all of it but one line end, LF or CRLF, that it may end with. A blank is part of it.
     *
     * @throws ProblemException REPOSITORY_LOCKED when the file cannot be read, or is no text
     */
    public static Secret passphraseFile(Path file) {
        var bytes = withoutLineEnd(read(file));
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw unusable(file, "it is no text in UTF-8", e);
        }
        if (bytes.length == 0) {
            throw unusable(file, "it is empty", null);
        }
        return new Secret(UnlockMethod.PASSPHRASE, bytes);
    }

    /**
     * What is in a key file: any bytes, but for one line end, LF or CRLF, that it may end with.
     *
     * @throws ProblemException REPOSITORY_LOCKED when it cannot be read, or is too short for one
     */
    public static Secret keyFile(Path file) {
        var bytes = withoutLineEnd(read(file));
        if (bytes.length < SHORTEST_KEY_FILE) {
            throw unusable(
                    file,
                    "a key file has at least %d bytes, this one %d".formatted(SHORTEST_KEY_FILE, bytes.length),
                    null);
        }
        return new Secret(UnlockMethod.KEY_FILE, bytes);
    }

    /** The content of a new key file: 64 hexadecimal digits, which can be printed and typed in again. */
    public static String randomKey() {
        return HexFormat.of().formatHex(RepositoryKey.randomBytes(SHORTEST_KEY_FILE));
    }

    /** What a file with that text as its only line would be. */
    public static Secret key(String text) {
        return new Secret(UnlockMethod.KEY_FILE, text.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Makes a key file of 64 hexadecimal digits that only its owner may read. After a failure there
     * may be an incomplete one.
     *
     * @throws IOException when it cannot be written, or there is a file of that name already, which stays
     */
    public static Secret newKeyFile(Path file) throws IOException {
        var owner = file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try (var channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), owner)) {
            var bytes = ByteBuffer.wrap((randomKey() + "\n").getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        // The repository's key is wrapped by it next, and the key that it replaces may go: a crash must not take its
        // name back.
        Fsync.directory(Objects.requireNonNull(file.toAbsolutePath().getParent()));
        return keyFile(file);
    }

    private static byte[] read(Path file) {
        try (var content = Files.newInputStream(file)) {
            var bytes = content.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw unusable(file, "it has more than %d bytes".formatted(LONGEST), null);
            }
            return bytes;
        } catch (IOException e) {
            throw unusable(file, e.toString(), e);
        }
    }

    private static byte[] withoutLineEnd(byte[] bytes) {
        int length = bytes.length;
        if (length > 0 && bytes[length - 1] == '\n') {
            length--;
            if (length > 0 && bytes[length - 1] == '\r') {
                length--;
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    private static ProblemException unusable(Path file, String why, @Nullable Exception cause) {
        return unusable(file.toString(), why, cause);
    }

    private static ProblemException unusable(String what, String why, @Nullable Exception cause) {
        var problem = Problem.of(
                ProblemCode.REPOSITORY_LOCKED,
                "%s cannot be used to open the repository: %s".formatted(what, why),
                Map.of("reason", "SECRET_UNREADABLE"));
        return cause == null ? new ProblemException(problem) : new ProblemException(problem, cause);
    }

    UnlockMethod method() {
        return method;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean isSame(Secret other) {
        return method == other.method && MessageDigest.isEqual(bytes, other.bytes);
    }

    /** Whether a repository may be given it as a new key. */
    boolean isLongEnough() {
        return switch (method) {
            case PASSPHRASE -> characters() >= SHORTEST_PASSPHRASE;
            case KEY_FILE -> bytes.length >= SHORTEST_KEY_FILE;
        };
    }

    private int characters() {
        CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
        return (int) text.codePoints().count();
    }

    /** Not what it is. */
    @Override
    public String toString() {
        return method.toString();
    }
}
