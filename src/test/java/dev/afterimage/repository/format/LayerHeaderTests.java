package dev.afterimage.repository.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerHeaderTests {

    private static final LayerHeader HEADER =
            new LayerHeader(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"), 65536, 0xFFFF_FFFEL);

    private static final byte[] BYTES = HexFormat.of()
            .parseHex(
                    "41494d474c415952" // "AIMGLAYR"
                            + "0002" // version
                            + "0000" // flags
                            + "00010000" // page size
                            + "00112233445566778899aabbccddeeff" // database
                            + "00000000fffffffe" // pages of the database
                            + "00".repeat(24)); // reserved

    @Test
    void toBytesWhenWrittenHasTheFormatsBytes() {
        assertThat(HEADER.toBytes()).isEqualTo(ByteBuffer.wrap(BYTES));
    }

    @Test
    void parseWhenGivenTheFormatsBytesReadsThem() {
        assertThat(LayerHeader.parse(ByteBuffer.wrap(BYTES))).isEqualTo(HEADER);
    }

    @Test
    void parseWhenOfVersion1PassesOverItsNumberOfPages() {
        var bytes = BYTES.clone();
        bytes[9] = 1;
        bytes[47] = 7;

        assertThat(LayerHeader.parse(ByteBuffer.wrap(bytes))).isEqualTo(HEADER);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 42, does not begin with AIMGLAYR",
        "9, 3, layer version 3",
        "8, 1, layer version 258",
        "11, 1, flags",
        "14, 1, page size",
        "13, 2, page size",
        "35, 1, page count",
        "39, ff, page count",
        "40, 1, reserved",
        "63, 1, reserved"
    })
    void parseWhenAFieldCannotBeSaysWhich(int offset, String value, String message) {
        var bytes = BYTES.clone();
        bytes[offset] = (byte) Integer.parseInt(value, 16);

        assertThatThrownBy(() -> LayerHeader.parse(ByteBuffer.wrap(bytes)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
