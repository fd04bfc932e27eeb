package dev.afterimage.repository.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

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
    void headerWhenNoDatabaseCanHaveThePageSizeIsRefused() {
        for (int pageSize : new int[] {0, 256, 4097, 131072, -4096}) {
            assertThatThrownBy(() -> new LayerHeader(HEADER.databaseId(), HEADER.layerId(), pageSize))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("page size " + pageSize);
        }
    }
}
