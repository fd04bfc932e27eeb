package dev.afterimage.repository.hashes;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageHashFunctionTests {

    private static final BigInteger WORDS = BigInteger.ONE.shiftLeft(64);
    private static final BigInteger HASHES = BigInteger.ONE.shiftLeft(128);

    private final Random random = new Random(7);

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void putIsTheSumOfProductsAsItIsDefined(int pageSize) throws Exception {
        var secret = bytes(PageHash.SECRET_SIZE);
        var pages = bytes(2 * pageSize);
        var hash = new byte[PageHash.SIZE + 3];
        new PageHash(secret, pageSize).put(MemorySegment.ofArray(pages), pageSize, hash, 3);

        var cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(secret, "AES"), new IvParameterSpec(new byte[16]));
        var key = words(cipher.doFinal(new byte[pageSize]), 0);
        var page = words(pages, pageSize);
        var expected = BigInteger.ZERO;
        while (page.hasRemaining()) {
            expected = expected.add(sum(page, key).multiply(sum(page, key))).mod(HASHES);
        }
        var found = words(hash, 3);
        assertThat(unsigned(found.getLong()).add(unsigned(found.getLong()).multiply(WORDS)))
                .isEqualTo(expected);
    }

    private static BigInteger sum(ByteBuffer page, ByteBuffer key) {
        return unsigned(page.getLong()).add(unsigned(key.getLong())).mod(WORDS);
    }

    private static BigInteger unsigned(long word) {
        return new BigInteger(Long.toUnsignedString(word));
    }

    private static ByteBuffer words(byte[] bytes, int from) {
        return ByteBuffer.wrap(bytes, from, bytes.length - from).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] bytes(int size) {
        var bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }
}
