package dev.afterimage.repository.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.write.NewSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ManifestFileTests {

    private static final NewSnapshot SNAPSHOT =
            NewSnapshots.of(UUID.fromString("0197d0c2-5a00-7000-8000-000000000001"));

    private static final UUID PARENT = UUID.fromString("0197d0c2-5a00-7000-8000-000000000000");

    private static Manifest manifest(List<LayerRef> layers) {
        return new Manifest(
                SNAPSHOT.id(),
                SNAPSHOT.databaseId(),
                SNAPSHOT.databaseName(),
                SNAPSHOT.createdAt(),
                SNAPSHOT.groupId(),
                PARENT,
                4096,
                1000,
                layers,
                "ab".repeat(32),
                null,
                2000,
                3000,
                SNAPSHOT.labels(),
                SNAPSHOT.capture());
    }

    private static final LayerRef LAYER =
            new LayerRef(UUID.fromString("7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f"), 2500, 900, "ef".repeat(32), 1000);

    private static final LayerRef CHANGES =
            new LayerRef(UUID.fromString("0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"), 700, 180, "34".repeat(32), 3);

    private static final String JSON = """
            {
            "format":3,
            "snapshot":{
            "id":"0197d0c2-5a00-7000-8000-000000000001",
            "databaseId":"0197d0c2-5a00-7000-8000-00000000000a",
            "databaseName":"orders",
            "createdAt":"2026-03-01T02:03:04.567Z",
            "groupId":null,
            "parent":"0197d0c2-5a00-7000-8000-000000000000",
            "pageSize":4096,
            "pageCount":1000,
            "layers":[
            {"id":"7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f","bytes":2500,"indexBytes":900,"indexDigest":\
            "efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef","pages":1000},
            {"id":"0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d","bytes":700,"indexBytes":180,"indexDigest":\
            "3434343434343434343434343434343434343434343434343434343434343434","pages":3}
            ],
            "treeDigest":"abababababababababababababababababababababababababababababababab",
            "sha256":null,
            "newBytes":2000,
            "storedBytes":3000,
            "labels":{
            "why":"before \\"checksum\\" : \\"migration\\""
            },
            "capture":{
            "method":"ONLINE",
            "requested":"AUTO",
            "reason":"a reason",
            "journalMode":"WAL",
            "lockHeldMillis":12,
            "walBytesBefore":4152,
            "walBytesAfter":0,
            "sourcePath":"/srv/shop/orders.db",
            "node":"node-1",
            "sqliteVersion":"3.54.1",
            "notes":["a note"],
            "stateMark":null,
            "extent":null,
            "collapse":null,
            "log":null
            }
            },
            "checksum":"%s"
            }
            """;

    private static byte[] withRightChecksum(String json) {
        var zeros = json.formatted("0".repeat(64)).getBytes(StandardCharsets.UTF_8);
        return json.formatted(Sha256.hexOf(zeros)).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void encodeWhenWrittenHasTheFormatsBytes() {
        assertThat(new String(ManifestFile.encode(manifest(List.of(LAYER, CHANGES))), StandardCharsets.UTF_8))
                .isEqualTo(new String(withRightChecksum(JSON), StandardCharsets.UTF_8));
    }

    @Test
    void decodeWhenGivenTheFormatsBytesReadsThem() {
        assertThat(ManifestFile.decode(withRightChecksum(JSON))).isEqualTo(manifest(List.of(LAYER, CHANGES)));
    }

    @Test
    void decodeWhenAFieldIsUnknownReadsTheOthers() {
        var json = JSON.replace("\"pageSize\"", "\"flavour\" : {},\n    \"pageSize\"");

        assertThat(ManifestFile.decode(withRightChecksum(json))).isEqualTo(manifest(List.of(LAYER, CHANGES)));
    }

    @Test
    void decodeWhenAFieldCannotBeSaysSo() {
        for (var json : List.of(
                JSON.replace("\"pageSize\":4096", "\"pageSize\":4097"),
                JSON.replace("\"pageSize\":4096,", ""),
                JSON.replace("\"pageCount\":1000", "\"pageCount\":4294967295"),
                JSON.replace("\"pages\":1000", "\"pages\":996"),
                JSON.replace("7d9f2c", "../../"),
                JSON.replace("\"bytes\":2500", "\"bytes\":-1"),
                JSON.replace("\"indexBytes\":900", "\"indexBytes\":2437"),
                JSON.replace("\"indexBytes\":900", "\"indexBytes\":127"),
                JSON.replace("\"indexBytes\":900,", ""),
                JSON.replace("\"id\":\"0197d0c2-5a00-7000-8000-000000000001\",", ""),
                JSON.replace("\"treeDigest\"", "\"digest\""),
                JSON.replace("\"snapshot\"", "\"snapshots\""),
                "[]",
                "")) {
            assertThatThrownBy(() -> ManifestFile.decode(withRightChecksum(json)))
                    .as(json)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void decodeWhenItHasAnotherFormatSaysSo() {
        var json = JSON.replace("\"format\":3", "\"format\":2");

        assertThatThrownBy(() -> ManifestFile.decode(withRightChecksum(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format 2");
    }

    @Test
    void manifestWhenItsLayersCannotHoldAllPagesIsRefused() {
        assertThatThrownBy(() -> manifest(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> manifest(List.of(CHANGES, CHANGES))).isInstanceOf(IllegalArgumentException.class);
    }
}
