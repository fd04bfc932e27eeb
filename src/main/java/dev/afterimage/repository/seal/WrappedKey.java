package dev.afterimage.repository.seal;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The key of a repository, wrapped by a secret; see {@code docs/repository-format.md}, "Keys".
 *
 * @param id random
 * @param repository for which it was made: that of another opens nothing here, and is told from a secret that is wrong
 * @param name what people call it; empty where they don't
 * @param argon2id how slow the secret is made to guess; null where nobody can guess it
 * @param salt random, hexadecimal
 * @param wrapped the sealed key, hexadecimal
 */
public record WrappedKey(
        int format,
        UUID id,
        UUID repository,
        UnlockMethod method,
        String name,
        Instant createdAt,
        @Nullable Argon2id argon2id,
        String salt,
        String wrapped) {

    /**
     * RFC 9106.
     *
     * Bounded, for whoever can write the storage may put a key there that costs whoever tries it all memory, or minutes.
     *
     * @param memoryKib from 8 to 256 MiB
     * @param passes from 1 to 16, and all of them together over no more than 1 GiB
     * @param lanes from 1 to 16
     */
    public record Argon2id(int memoryKib, int passes, int lanes) {

        /** The second of the choices that RFC 9106 recommends; half a second on one core. */
        static final Argon2id RECOMMENDED = new Argon2id(1 << 16, 3, 4);

        private static final int MOST_MEMORY_KIB = 1 << 18;
        private static final int MOST_WORK_KIB = 1 << 20;
        private static final int MOST = 16;

        public Argon2id {
            boolean bounded = memoryKib <= MOST_MEMORY_KIB && passes <= MOST && lanes <= MOST;
            bounded &= (long) memoryKib * passes <= MOST_WORK_KIB;
            if (!bounded || passes < 1 || lanes < 1 || memoryKib < 8 * lanes) {
                throw new IllegalArgumentException(
                        "Argon2id with %d KiB, %d passes, %d lanes".formatted(memoryKib, passes, lanes));
            }
        }

        private byte[] derive(byte[] secret, byte[] salt) {
            var parameters = new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memoryKib)
                    .withIterations(passes)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .build();
            var generator = new Argon2BytesGenerator();
            generator.init(parameters);
            var derived = new byte[RepositoryKey.BYTES];
            generator.generateBytes(secret, derived);
            return derived;
        }
    }

    private static final int FORMAT = 1;
    private static final int SALT_BYTES = 32;
    private static final int WRAPPED_BYTES = RepositoryKey.BYTES + Gcm.TAG_BYTES;
    private static final int KIND = 4;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    public WrappedKey {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(repository, "repository");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(createdAt, "createdAt");
        requireBytes(salt, SALT_BYTES);
        requireBytes(wrapped, WRAPPED_BYTES);
        if ((method == UnlockMethod.PASSPHRASE) != (argon2id != null)) {
            throw new IllegalArgumentException("A key by %s with Argon2id %s".formatted(method, argon2id));
        }
    }

    private static void requireBytes(String digits, int count) {
        if (HexFormat.of().parseHex(digits).length != count) {
            throw new IllegalArgumentException("Not %d bytes in hexadecimal: %s".formatted(count, digits));
        }
    }

    static WrappedKey wrap(RepositoryKey key, UUID repository, Secret secret, String name, Instant createdAt) {
        var id = UUID.randomUUID();
        var salt = RepositoryKey.randomBytes(SALT_BYTES);
        var argon2id = secret.method() == UnlockMethod.PASSPHRASE ? Argon2id.RECOMMENDED : null;
        var bytes = Arrays.copyOf(key.bytes(), WRAPPED_BYTES);
        new Gcm().seal(wrappingKey(id, repository, secret, argon2id, salt), KIND, 0, bytes, RepositoryKey.BYTES);
        var hex = HexFormat.of();
        return new WrappedKey(
                FORMAT,
                id,
                repository,
                secret.method(),
                name,
                createdAt,
                argon2id,
                hex.formatHex(salt),
                hex.formatHex(bytes));
    }

    /** The key, if it was wrapped by that secret for the repository that it names. */
    Optional<RepositoryKey> unwrap(Secret secret) {
        if (secret.method() != method) {
            return Optional.empty();
        }
        var hex = HexFormat.of();
        var bytes = hex.parseHex(wrapped);
        var wrappingKey = wrappingKey(id, repository, secret, argon2id, hex.parseHex(salt));
        boolean opened = new Gcm().open(wrappingKey, KIND, 0, bytes, bytes.length);
        return opened ? Optional.of(new RepositoryKey(Arrays.copyOf(bytes, RepositoryKey.BYTES))) : Optional.empty();
    }

    private static SecretKey wrappingKey(
            UUID id, UUID repository, Secret secret, @Nullable Argon2id argon2id, byte[] salt) {
        var slow = argon2id == null ? secret.bytes() : argon2id.derive(secret.bytes(), salt);
        var info = "afterimage key %s of repository %s".formatted(id, repository);
        return RepositoryKey.derive(slow, salt, info.getBytes(StandardCharsets.US_ASCII), "AES");
    }

    byte[] encode() {
        return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalArgumentException if the bytes are no such key; the message says why */
    public static WrappedKey decode(byte[] bytes) {
        try {
            int format = JSON.readTree(bytes).path("format").asInt(0);
            if (format != FORMAT) {
                throw new IllegalArgumentException(
                        "it has format %d; this version of Afterimage reads %d".formatted(format, FORMAT));
            }
            return JSON.readValue(bytes, WrappedKey.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is no key: " + e.getOriginalMessage(), e);
        }
    }
}
