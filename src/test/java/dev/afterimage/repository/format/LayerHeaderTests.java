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

    private static final LayerHeader HEADER = new LayerHeader(
            UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
            UUID.fromString("fedcba98-7654-4321-8fed-cba987654321"),
            65536);

    private static final byte[] BYTES = HexFormat.of()
            .parseHex(
                    "41494d474c415952" // "AIMGLAYR"
                            + "0003" // version
                            + "0000" // flags
                            + "00010000" // page size
                            + "00112233445566778899aabbccddeeff" // database
                            + "fedcba98765443218fedcba987654321" // layer
                            + "00".repeat(16)); // reserved

    @Test
    void toBytesWhenWrittenHasTheFormatsBytes() {
        assertThat(HEADER.toBytes()).isEqualTo(ByteBuffer.wrap(BYTES));
    }

    @Test
    void parseWhenGivenTheFormatsBytesReadsThem() {
        assertThat(LayerHeader.parse(ByteBuffer.wrap(BYTES))).isEqualTo(HEADER);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 42, does not begin with AIMGLAYR",
        "9, 2, layer version 2",
        "8, 1, layer version 259",
        "11, 1, flags",
        "14, 1, page size",
        "13, 2, page size",
        "48, 1, reserved",
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
