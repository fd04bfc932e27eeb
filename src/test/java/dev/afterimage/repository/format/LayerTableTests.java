package dev.afterimage.repository.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.bytes.ShortDigest;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The bytes of block table, page lists and footer. */
class LayerTableTests {

    private static final BlockEntry ENTRY = new BlockEntry(
            0x0102030405060708L,
            0x11121314,
            256,
            0xFFFF_FF00L,
            0xFFFF_FFFEL,
            0x1012,
            new ShortDigest(0x2021222324252627L, 0x28292a2b2c2d2e2fL),
            new ShortDigest(0x3031323334353637L, 0x38393a3b3c3d3e3fL));

    private static final byte[] ENTRY_BYTES = HexFormat.of()
            .parseHex(
                    "0102030405060708" // offset
                            + "11121314" // stored bytes
                            + "00000100" // pages
                            + "ffffff00" // first page
                            + "fffffffe" // last page
                            + "00001012" // page list bytes
                            + "00000000" // reserved
                            + "202122232425262728292a2b2c2d2e2f" // checksum of the block
                            + "303132333435363738393a3b3c3d3e3f"); // checksum of the page list

    private static final LayerFooter FOOTER =
            new LayerFooter(0x0102030405060708L, 0x1112131415161718L, 0x21222324, "ab".repeat(32));

    private static final byte[] FOOTER_BYTES = HexFormat.of()
            .parseHex(
                    "0102030405060708" // offset of the page lists
                            + "1112131415161718" // offset of the block table
                            + "21222324" // blocks
                            + "00000000" // reserved
                            + "ab".repeat(32) // index digest
                            + "41494d474c454e44"); // "AIMGLEND"

    @Test
    void putWhenWrittenHasTheFormatsBytes() {
        var buffer = ByteBuffer.allocate(BlockEntry.SIZE);

        ENTRY.put(buffer);

        assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(ENTRY_BYTES));
    }

    @Test
    void getWhenGivenTheFormatsBytesReadsThem() {
        var bytes = ByteBuffer.allocate(100).put(7, ENTRY_BYTES);

        assertThat(BlockEntry.get(bytes, 7)).isEqualTo(ENTRY);
    }

    @Test
    void toBytesWhenWrittenHasTheFormatsBytes() {
        assertThat(FOOTER.toBytes()).isEqualTo(ByteBuffer.wrap(FOOTER_BYTES));
        assertThat(FOOTER.digested()).isEqualTo(ByteBuffer.wrap(FOOTER_BYTES, 0, 24));
    }

    @Test
    void parseWhenGivenTheFormatsBytesReadsThem() {
        assertThat(LayerFooter.parse(ByteBuffer.wrap(FOOTER_BYTES))).isEqualTo(FOOTER);
    }

    @Test
    void parseWhenItIsNoFooterSaysSo() {
        for (int offset : new int[] {20, 23, 56, 63}) {
            var bytes = FOOTER_BYTES.clone();
            bytes[offset] ^= 1;

            assertThatThrownBy(() -> LayerFooter.parse(ByteBuffer.wrap(bytes)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static BlockEntry blockOf(int pages, long firstPage, long lastPage) {
        var checksum = new ShortDigest(0, 0);
        return new BlockEntry(64, 1, pages, firstPage, lastPage, 1, checksum, checksum);
    }

    @Test
    void putNumberWhenWrittenHasTheFormatsBytes() {
        var buffer = ByteBuffer.allocate(20);

        for (long distance : new long[] {300, 1, 127, 128, 0xFFFF_FFFEL}) {
            PageList.putNumber(buffer, distance);
        }

        assertThat(HexFormat.of().formatHex(buffer.array(), 0, buffer.position()))
                .isEqualTo("ac02" + "01" + "7f" + "8001" + "feffffff0f");
    }

    @Test
    void parseWhenPagesHaveGapsReadsTheirNumbers() {
        var bytes = HexFormat.of().parseHex("7f" + "8001" + "01" + "aa".repeat(16) + "bb".repeat(16) + "cc".repeat(16));

        var list = PageList.parse(ByteBuffer.wrap(bytes), blockOf(3, 127, 256));

        assertThat(list.pages()).isEqualTo(3);
        assertThat(list.number(0)).isEqualTo(127);
        assertThat(list.number(1)).isEqualTo(255);
        assertThat(list.number(2)).isEqualTo(256);
        var digest = new byte[18];
        list.copyDigest(2, digest, 1);
        assertThat(HexFormat.of().formatHex(digest)).isEqualTo("00" + "cc".repeat(16) + "00");
        assertThat(list.slotFrom(0, 1)).isZero();
        assertThat(list.slotFrom(0, 128)).isEqualTo(1);
        assertThat(list.slotFrom(1, 256)).isEqualTo(2);
        assertThat(list.slotFrom(0, 257)).isEqualTo(3);
    }

    @Test
    void parseWhenTheListIsNotOfThosePagesSaysSo() {
        var digest = "aa".repeat(16);
        for (var hex : new String[] {
            "", "80", "ffffffffff", "01", "01" + "aa".repeat(15), "01" + "aa".repeat(17), "02" + digest, "00" + digest
        }) {
            assertThatThrownBy(
                            () -> PageList.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), blockOf(1, 1, 1)))
                    .as(hex)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (var hex : new String[] {"0100", "0102", "0101"}) {
            assertThatThrownBy(() -> PageList.parse(
                            ByteBuffer.wrap(HexFormat.of().parseHex(hex + digest.repeat(2))), blockOf(2, 1, 4)))
                    .as(hex)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
