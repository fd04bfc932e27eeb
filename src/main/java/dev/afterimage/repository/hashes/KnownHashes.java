package dev.afterimage.repository.hashes;

import dev.afterimage.bytes.ShortDigest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The hashes of all pages that a snapshot has, in a file. Each stretch proves itself; what does not is not known. Safe for several threads. */
record KnownHashes(FileChannel file, HashFileHeader header) implements Closeable {

    /** @throws IllegalArgumentException if it is no file of the cache, or not a whole one */
    static KnownHashes in(FileChannel file) throws IOException {
        var bytes = ByteBuffer.allocate(HashFileHeader.SIZE);
        read(file, bytes, 0);
        return new KnownHashes(file, HashFileHeader.parse(bytes));
    }

    /**
     * Reads the hashes of the pages from one on with which a stretch begins.
     *
     * @return how many are known; none if they are not as they were written
     */
    int read(long firstPage, int pages, byte[] target) {
        int perStretch = HashFileHeader.pagesPerStretch(header.pageSize());
        long stretch = (firstPage - 1) / perStretch;
        int there = (int) Math.min(perStretch, header.pageCount() - firstPage + 1);
        if (there <= 0) {
            return 0;
        }
        var bytes = ByteBuffer.allocate(there * PageHash.SIZE + ShortDigest.SIZE);
        try {
            read(file, bytes, HashFileHeader.position(header.pageSize(), stretch));
        } catch (IOException e) {
            return 0; // such as of a disk that fails: what is not known is digested
        }
        var hashes = bytes.slice(0, there * PageHash.SIZE);
        if (!ShortDigest.get(bytes, hashes.limit()).equals(HashFileHeader.checksum(header.fileId(), stretch, hashes))) {
            return 0;
        }
        int known = Math.min(pages, there);
        hashes.get(0, target, 0, known * PageHash.SIZE);
        return known;
    }

    /** What the file has no more is zeros, which prove nothing. */
    private static void read(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        while (bytes.hasRemaining() && file.read(bytes, position + bytes.position()) >= 0) {}
        bytes.clear();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
