package dev.afterimage.repository.log;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStream;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * Goes through the parts of a segment; see {@link Parts}. Whose checksum is right is known of each by itself, and at the {@link #end} that it was
 * that part of that segment. All throw IllegalArgumentException when the segment is not what was written. For one thread at a time.
 */
final class PartsReader {

    private final InputStream stored;
    private final Sha256 heads = new Sha256();

    /** @param stored stays the caller's to close */
    PartsReader(InputStream stored) {
        this.stored = stored;
    }

    /** A part as it is stored. Any thread may unpack it, which proves its checksum first. */
    record Part(ShortDigest digest, byte[] packed) {

        /** For a part whose size is not known; the caller closes it. */
        InputStream stream() throws IOException {
            requireProven();
            return new ZstdInputStream(new ByteArrayInputStream(packed));
        }

        /** All of it. */
        byte[] unpacked(int size) {
            requireProven();
            var unpacked = new byte[size];
            try {
                long bytes = Zstd.decompressByteArray(unpacked, 0, size, packed, 0, packed.length);
                if (bytes != size) {
                    throw new IllegalArgumentException("a part has %d bytes instead of %d".formatted(bytes, size));
                }
                return unpacked;
            } catch (ZstdException e) {
                throw new IllegalArgumentException("a part cannot be unpacked: " + e.getMessage(), e);
            }
        }

        private void requireProven() {
            if (!new Sha256().truncated(ByteBuffer.wrap(packed)).equals(digest)) {
                throw new IllegalArgumentException("the checksum of a part is another");
            }
        }
    }

    /** Reads the next part. */
    Part next() throws IOException {
        var head = head(Parts.PART, Parts.PART_SIZE);
        var packed = read(head.getInt());
        return new Part(ShortDigest.get(head), packed);
    }

    /** Passes over the next part, which is then not looked at. */
    void skip() throws IOException {
        stored.skipNBytes(head(Parts.PART, Parts.PART_SIZE).getInt());
    }

    /** Proves that these were all parts. */
    void end() throws IOException {
        var expected = heads.hex();
        var end = head(Parts.END, Parts.END_SIZE);
        var found = new byte[Parts.END_SIZE];
        end.get(found);
        if (!HexFormat.of().formatHex(found).equals(expected)) {
            throw new IllegalArgumentException("its SHA-256 is another");
        }
        if (stored.read() >= 0) {
            throw new IllegalArgumentException("it goes on behind its end");
        }
    }

    private ByteBuffer head(int kind, int size) throws IOException {
        var expected = Parts.head(kind, size).flip();
        var head = ByteBuffer.wrap(read(Parts.HEAD + size));
        if (expected.mismatch(head) != Parts.HEAD) {
            throw new IllegalArgumentException("it does not consist of parts");
        }
        heads.update(head);
        return head.position(Parts.HEAD);
    }

    private byte[] read(int bytes) throws IOException {
        var read = stored.readNBytes(bytes);
        if (read.length < bytes) {
            throw new IllegalArgumentException("it ends early");
        }
        return read;
    }
}
