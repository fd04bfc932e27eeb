package dev.afterimage.sqlite.format;

/**
 * Tells encrypted databases by their looks. SQLCipher, SEE and their kind encrypt whole pages, with the salt in the place of the magic
 * string, so that a file begins with what looks random, but for a few bytes of the header that some of them leave as they are.
 */
public final class Encryption {

    /** How many bytes of the beginning are judged. */
    public static final int JUDGED_BYTES = 1024;

    /** Why a file is taken for an encrypted one. */
    public static final String SIGNS =
            "it seems to be encrypted, since its size is that of whole pages and its first bytes are like random ones";

    /** What is to be done about it: there is no other way, since nothing can be proven of what cannot be read. */
    public static final String WAY_OUT =
            "Afterimage has no key, and stores nothing that it cannot read and check. Let who has the key write a copy without encryption,"
                    + " in one transaction, and register that copy, or import it into a database that is registered. With the shell of SQLCipher:"
                    + " PRAGMA key = '…'; ATTACH DATABASE 'plain.db' AS plain KEY ''; BEGIN; SELECT sqlcipher_export('plain'); COMMIT;"
                    + " DETACH DATABASE plain; \"Encrypted databases\" in docs/protect.md has all of it.";

    /** Random bytes have at least 7.7 in a KiB, texts and machine code less than 7. */
    private static final double BITS_PER_BYTE = 7.5;

    private static final int SMALLEST_PAGE = 512;

    /**
     * Whether a file that is no database is an encrypted one. Compressed files of just such a size look the same.
     *
     * @param begin its first bytes
     * @param bytes its size
     */
    public static boolean isLikely(byte[] begin, long bytes) {
        return begin.length >= JUDGED_BYTES && bytes % SMALLEST_PAGE == 0 && bitsPerByte(begin) >= BITS_PER_BYTE;
    }

    /** Shannon's entropy of the first {@link #JUDGED_BYTES}. */
    private static double bitsPerByte(byte[] begin) {
        var counts = new int[256];
        for (int i = 0; i < JUDGED_BYTES; i++) {
            counts[Byte.toUnsignedInt(begin[i])]++;
        }
        double bits = 0;
        for (int count : counts) {
            if (count > 0) {
                double share = (double) count / JUDGED_BYTES;
                bits -= share * Math.log(share) / Math.log(2);
            }
        }
        return bits;
    }

    private Encryption() {}
}
