package dev.afterimage.sqlite.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first 100 bytes of a database file, as <a href="https://www.sqlite.org/fileformat2.html#the_database_header">the
 * file format</a> defines them. Numbers are big-endian; those of 4 bytes are unsigned here unless said otherwise.
 *
 * @param pageSize bytes per page, a power of two from 512 to 65536
 * @param writeVersion 1 for a rollback journal, 2 for a WAL
 * @param readVersion the same, for readers
 * @param reservedBytes bytes at the end of each page that extensions use, usually 0
 * @param changeCounter increased by each transaction in rollback mode
 * @param pageCount size of the database in pages; valid only if {@link #pageCountIsValid()}
 * @param freelistPages unused pages
 * @param schemaCookie increased by each change of the schema
 * @param schemaFormat 1 to 4, or 0 in a database without a schema
 * @param textEncoding 1 for UTF-8, 2 for UTF-16le, 3 for UTF-16be, 0 in a database without a schema
 * @param userVersion signed; free for the application
 * @param applicationId signed; free for the application
 * @param versionValidFor the change counter for which {@code pageCount} was written
 * @param libraryVersion of the SQLite that wrote last, such as 3054001
 */
public record DatabaseHeader(
        int pageSize,
        int writeVersion,
        int readVersion,
        int reservedBytes,
        long changeCounter,
        long pageCount,
        long freelistPages,
        long schemaCookie,
        long schemaFormat,
        long textEncoding,
        int userVersion,
        int applicationId,
        long versionValidFor,
        long libraryVersion) {

    /** Size of the header in bytes. */
    public static final int SIZE = 100;

    public static final int MAGIC_SIZE = 16;

    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    private static final int PAGE_SIZE = 16;
    private static final int WRITE_VERSION = 18;
    private static final int READ_VERSION = 19;
    private static final int RESERVED_BYTES = 20;
    private static final int CHANGE_COUNTER = 24;
    private static final int PAGE_COUNT = 28;
    private static final int FREELIST_PAGES = 36;
    private static final int SCHEMA_COOKIE = 40;
    private static final int SCHEMA_FORMAT = 44;
    private static final int TEXT_ENCODING = 56;
    private static final int USER_VERSION = 60;
    private static final int APPLICATION_ID = 68;
    private static final int VERSION_VALID_FOR = 92;
    private static final int LIBRARY_VERSION = 96;
    private static final int PAGE_SIZE_65536 = 1;
    private static final int VERSION_OF_WAL = 2;

    /** Whether these {@value #MAGIC_SIZE} bytes are those with which every database file begins. */
    public static boolean begins(byte[] bytes) {
        return Arrays.equals(bytes, MAGIC);
    }

    /**
     * Reads the header of a file that is not a live database, whose position stays where it is.
     *
     * @throws IllegalArgumentException if it does not begin with one; the message says why
     */
    public static DatabaseHeader read(FileChannel file) throws IOException {
        var bytes = ByteBuffer.allocate(SIZE);
        while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
            // Until the header is complete or the file ends.
        }
        return parse(bytes.flip());
    }

    /**
     * Reads the header that begins at index 0 of the array.
     *
     * @throws IllegalArgumentException if it is not a header; the message says why
     */
    public static DatabaseHeader parse(byte[] bytes) {
        return parse(ByteBuffer.wrap(bytes));
    }

    /**
     * Reads the header that begins at the buffer's position, which stays where it is.
     *
     * @throws IllegalArgumentException if it is not a header; the message says why
     */
    public static DatabaseHeader parse(ByteBuffer buffer) {
        var header = buffer.slice().order(ByteOrder.BIG_ENDIAN);
        if (header.remaining() < SIZE) {
            throw new IllegalArgumentException("a header has " + SIZE + " bytes, not " + header.remaining());
        }
        if (header.mismatch(ByteBuffer.wrap(MAGIC)) < MAGIC.length) {
            throw new IllegalArgumentException("it does not begin with \"SQLite format 3\"");
        }
        return new DatabaseHeader(
                pageSize(header.getShort(PAGE_SIZE)),
                header.get(WRITE_VERSION),
                header.get(READ_VERSION),
                Byte.toUnsignedInt(header.get(RESERVED_BYTES)),
                unsigned(header, CHANGE_COUNTER),
                unsigned(header, PAGE_COUNT),
                unsigned(header, FREELIST_PAGES),
                unsigned(header, SCHEMA_COOKIE),
                unsigned(header, SCHEMA_FORMAT),
                unsigned(header, TEXT_ENCODING),
                header.getInt(USER_VERSION),
                header.getInt(APPLICATION_ID),
                unsigned(header, VERSION_VALID_FOR),
                unsigned(header, LIBRARY_VERSION));
    }

    private static int pageSize(short field) {
        int size = field == PAGE_SIZE_65536 ? 65536 : Short.toUnsignedInt(field);
        if (size < 512 || Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("its page size is " + size);
        }
        return size;
    }

    private static long unsigned(ByteBuffer header, int offset) {
        return Integer.toUnsignedLong(header.getInt(offset));
    }

    public JournalMode journalMode() {
        return readVersion == VERSION_OF_WAL ? JournalMode.WAL : JournalMode.ROLLBACK;
    }

    /** False when a library older than 3.7.0 wrote last: then the size of the file tells the number of pages. */
    public boolean pageCountIsValid() {
        return pageCount > 0 && changeCounter == versionValidFor;
    }
}
