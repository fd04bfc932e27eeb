package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void putNumbersWhenPagesFollowEachOtherWritesDistances() {
        var buffer = ByteBuffer.allocate(20);

        PageList.putNumbers(buffer, 300, 3);
        PageList.putNumbers(buffer, 0xFFFF_FFFEL, 1);

        assertThat(HexFormat.of().formatHex(buffer.array(), 0, buffer.position()))
                .isEqualTo("ac020101" + "feffffff0f");
    }

    @Test
    void parseWhenPagesHaveGapsReadsTheirNumbers() {
        var bytes = HexFormat.of().parseHex("7f" + "8001" + "01" + "aa".repeat(16) + "bb".repeat(16) + "cc".repeat(16));

        var list = PageList.parse(ByteBuffer.wrap(bytes), 3);

        assertThat(list.number(0)).isEqualTo(127);
        assertThat(list.number(1)).isEqualTo(255);
        assertThat(list.number(2)).isEqualTo(256);
        assertThat(list.digest(2)).hasToString("cc".repeat(16));
    }

    @Test
    void parseWhenTheListIsNotOfThatManyPagesSaysSo() {
        for (var hex : new String[] {"", "80", "ffffffffff", "01", "01" + "aa".repeat(15), "01" + "aa".repeat(17)}) {
            assertThatThrownBy(
                            () -> PageList.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
