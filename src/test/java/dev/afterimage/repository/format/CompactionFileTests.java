package dev.afterimage.repository.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.afterimage.bytes.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CompactionFileTests {

    private static final UUID DATABASE = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000a");
    private static final UUID FIRST = UUID.fromString("7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f");
    private static final UUID SECOND = UUID.fromString("0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d");
    private static final LayerRef INTO =
            new LayerRef(UUID.fromString("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"), 2500, 900, "ef".repeat(32), 1000);

    private static final String JSON = """
            {
            "format":3,
            "compaction":{
            "databaseId":"0197d0c2-5a00-7000-8000-00000000000a",
            "layers":[
            "7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f",
            "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"
            ],
            "into":{
            "id":"1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9",
            "bytes":2500,
            "indexBytes":900,
            "indexDigest":"efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef",
            "pages":1000
            }
            },
            "checksum":"%s"
            }
            """;

    private static String file() {
        var blank = JSON.formatted("0".repeat(64));
        return JSON.formatted(Sha256.hexOf(blank.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void encodeWritesWhatTheFormatSays() {
        var encoded = CompactionFile.encode(new Compaction(DATABASE, List.of(FIRST, SECOND), INTO));

        assertThat(new String(encoded, StandardCharsets.UTF_8)).isEqualTo(file());
    }

    @Test
    void decodeReadsWhatWasWritten() {
        assertThat(CompactionFile.decode(file().getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Compaction(DATABASE, List.of(FIRST, SECOND), INTO));
    }

    @Test
    void decodeWhenAnyByteDiffersRefuses() {
        var bytes = file().getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 2;
            assertThatIllegalArgumentException().isThrownBy(() -> CompactionFile.decode(bytes));
            bytes[i] ^= 2;
        }
    }

    @Test
    void compactionWhenItIsOfOneLayerOrOfItselfCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Compaction(DATABASE, List.of(FIRST), INTO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Compaction(DATABASE, List.of(FIRST, INTO.id()), INTO));
    }
}
