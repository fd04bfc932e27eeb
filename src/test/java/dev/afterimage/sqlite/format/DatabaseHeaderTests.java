package dev.afterimage.sqlite.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.afterimage.sqlite.SampleDatabases;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseHeaderTests {

    private static final String BYTES = """
            53514c69746520666f726d6174203300\
            1000 02 02 0c 40 20 20\
            00000007 00000003 00000000 00000001\
            00000009 00000004 00000000 00000000\
            00000002 ffffffff 00000000 80000001\
            0000000000000000000000000000000000000000\
            00000007 002e99c9
            """.replaceAll("\\s", "");

    @Test
    void parseReadsEachFieldAtItsOffset() {
        assertThat(DatabaseHeader.parse(HexFormat.of().parseHex(BYTES)))
                .isEqualTo(new DatabaseHeader(4096, 2, 2, 12, 7, 3, 1, 9, 4, 2, -1, 0x80000001, 7, 0x2e99c9));
    }

    @Test
    void parseOfABufferBeginsAtItsPositionAndLeavesIt() {
        var buffer =
                ByteBuffer.allocate(150).put(40, HexFormat.of().parseHex(BYTES)).position(40);

        assertThat(DatabaseHeader.parse(buffer).pageCount()).isEqualTo(3);
        assertThat(buffer.position()).isEqualTo(40);
    }

    @Test
    void parseKnowsThat1MeansAPageSizeOf65536() {
        var bytes = HexFormat.of().parseHex(BYTES);
        bytes[16] = 0;
        bytes[17] = 1;

        assertThat(DatabaseHeader.parse(bytes).pageSize()).isEqualTo(65536);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 256, 511, 513, 4095, 0xffff})
    void parseWhenThePageSizeIsNoPowerOfTwoFrom512Throws(int pageSize) {
        var bytes = HexFormat.of().parseHex(BYTES);
        bytes[16] = (byte) (pageSize >> 8);
        bytes[17] = (byte) pageSize;

        assertThatIllegalArgumentException().isThrownBy(() -> DatabaseHeader.parse(bytes));
    }

    @Test
    void parseWhenTheMagicIsWrongInItsLastByteThrows() {
        var bytes = HexFormat.of().parseHex(BYTES);
        bytes[15] = '4';

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DatabaseHeader.parse(bytes))
                .withMessageContaining("SQLite format 3");
    }

    @Test
    void parseWhenThereAreOnly99BytesThrows() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        DatabaseHeader.parse(ByteBuffer.wrap(HexFormat.of().parseHex(BYTES), 0, 99)));
    }

    @Test
    void parseAgreesWithSqlite(@TempDir Path directory) throws Exception {
        var file = SampleDatabases.create(
                directory.resolve("a.db"),
                "PRAGMA page_size = 1024",
                "PRAGMA encoding = 'UTF-16be'",
                "CREATE TABLE t(x)",
                "PRAGMA user_version = -5",
                "PRAGMA application_id = 77");

        var header = DatabaseHeader.parse(Files.readAllBytes(file));

        assertThat(header.pageSize()).isEqualTo(1024);
        assertThat(header.pageCount()).isEqualTo(2);
        assertThat(header.pageCountIsValid()).isTrue();
        assertThat(header.textEncoding()).isEqualTo(3);
        assertThat(header.userVersion()).isEqualTo(-5);
        assertThat(header.applicationId()).isEqualTo(77);
        assertThat(header.journalMode()).isEqualTo(JournalMode.ROLLBACK);
    }
}
