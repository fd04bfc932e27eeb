package dev.afterimage.repository.log;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.afterimage.bytes.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Writes what {@link PartsReader} reads. For one thread at a time. */
final class PartsWriter implements AutoCloseable {

    private static final int LEVEL = 3;

    private final OutputStream target;
    private final ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(LEVEL).setChecksum(true);
    private final Sha256 partDigest = new Sha256();
    private final Sha256 heads = new Sha256();
    private byte[] packed = new byte[0];

    /** @param target stays the caller's to close */
    PartsWriter(OutputStream target) {
        this.target = target;
    }

    /** @param part in an array, from the buffer's position to its limit, which both stay */
    void write(ByteBuffer part) throws IOException {
        int most = Math.toIntExact(Zstd.compressBound(part.remaining()));
        packed = packed.length < most ? new byte[most] : packed;
        int size = zstd.compressByteArray(
                packed, 0, packed.length, part.array(), part.arrayOffset() + part.position(), part.remaining());
        var head = Parts.head(Parts.PART, Parts.PART_SIZE).putInt(size);
        partDigest.truncated(ByteBuffer.wrap(packed, 0, size)).put(head);
        heads.update(head.flip());
        target.write(head.array());
        target.write(packed, 0, size);
    }

    /** Writes what proves that all parts are there. */
    void end() throws IOException {
        var end = Parts.head(Parts.END, Parts.END_SIZE);
        end.put(HexFormat.of().parseHex(heads.hex()));
        target.write(end.array());
    }

    @Override
    public void close() {
        zstd.close();
    }
}
