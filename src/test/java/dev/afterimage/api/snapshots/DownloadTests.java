package dev.afterimage.api.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads, compared byte for byte with the file that was backed up. */
class DownloadTests extends ApiTest {

    /** Of the database, in one block of a layer. */
    private static final int BLOCK_BYTES = 1 << 20;

    private byte[] file = {};

    /** The path of a snapshot's content; {@link #file} then has the same bytes, by way of a restore. */
    private String content() throws Exception {
        return content(2_000);
    }

    private String content(int rows) throws Exception {
        var source = database(ROOT.resolve(name + ".db"), "DELETE", rows);
        var sourceBytes = Files.readAllBytes(source);
        register(source);
        var id = snapshot();
        var restored = ROOT.resolve(name + "-restored.db");
        ended(http.post("/restores", "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}}".formatted(id, restored))
                .json());
        file = Files.readAllBytes(restored);
        assertSameBytes(withoutCounters(file), withoutCounters(sourceBytes));
        return "/snapshots/" + id + "/content";
    }

    @Test
    void downloadAnswersWithTheWholeFileAndItsDigest() throws Exception {
        var path = content();
        var answer = http.get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertSameBytes(answer.bytes(), file);
        assertThat(answer.header("Content-Length")).isEqualTo(String.valueOf(file.length));
        assertThat(answer.header("Content-Type")).isEqualTo("application/vnd.sqlite3");
        assertThat(answer.header("Accept-Ranges")).isEqualTo("bytes");
        assertThat(answer.header("Content-Disposition"))
                .matches("attachment; filename=\"" + name + "-\\d{8}T\\d{6}Z\\.db\"");
        var digest = MessageDigest.getInstance("SHA-256").digest(file);
        assertThat(answer.header("Repr-Digest"))
                .isEqualTo("sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
        assertThat(answer.header("ETag")).matches("\"[0-9a-f]+\"");
        assertThat(answer.findHeader("Last-Modified")).isPresent();
    }

    @Test
    void headAnswersWithTheSameHeadersAndNoBody() throws Exception {
        var path = content();
        var get = http.get(path);
        var head = http.head(path, "Range", "bytes=0-9");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.bytes()).isEmpty();
        for (var header : new String[] {
            "Content-Length", "Content-Type", "ETag", "Last-Modified", "Repr-Digest", "Content-Disposition"
        }) {
            assertThat(head.header(header)).as(header).isEqualTo(get.header(header));
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 99", "4095, 4096", "100000, 300000", "500000, 99999999"})
    void downloadWhenRangeIsGivenAnswersWithThoseBytes(int first, int last) throws Exception {
        var answer = http.get(content(), "Range", "bytes=%d-%d".formatted(first, last));
        int end = Math.min(last + 1, file.length);
        assertThat(answer.status()).isEqualTo(206);
        assertSameBytes(answer.bytes(), Arrays.copyOfRange(file, first, end));
        assertThat(answer.header("Content-Range")).isEqualTo("bytes %d-%d/%d".formatted(first, end - 1, file.length));
        assertThat(answer.header("Content-Length")).isEqualTo(String.valueOf(end - first));
    }

    @Test
    void downloadWhenRangeIsOpenOrASuffixAnswersWithTheEnd() throws Exception {
        var path = content();
        var tail = Arrays.copyOfRange(file, file.length - 77, file.length);
        assertThat(http.get(path, "Range", "bytes=-77").bytes()).isEqualTo(tail);
        assertThat(http.get(path, "Range", "bytes=%d-".formatted(file.length - 77))
                        .bytes())
                .isEqualTo(tail);
        var all = http.get(path, "Range", "bytes=-99999999");
        assertThat(all.status()).isEqualTo(206);
        assertSameBytes(all.bytes(), file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-1,5-6", "pages=1-2", "bytes=9-1", "bytes=x", "bytes="})
    void downloadWhenRangeCannotBeServedAsOneAnswersWithTheWhole(String range) throws Exception {
        var answer = http.get(content(), "Range", range);
        assertThat(answer.status()).isEqualTo(200);
        assertSameBytes(answer.bytes(), file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=99999999-", "bytes=99999999-100000000", "bytes=-0"})
    void downloadWhenRangeIsOutsideIsRefusedWithTheSize(String range) throws Exception {
        var answer = http.get(content(), "Range", range);
        assertProblem(answer, 416, "RANGE_NOT_SATISFIABLE");
        assertThat(answer.header("Content-Range")).isEqualTo("bytes */" + file.length);
        assertThat(answer.json().get("sizeBytes").asLong()).isEqualTo(file.length);
        assertThat(answer.findHeader("ETag")).isEmpty();
    }

    @Test
    void downloadWhenClientHasItAnswersNotModified() throws Exception {
        var path = content();
        var head = http.head(path);
        var same = http.get(path, "If-None-Match", "\"other\", " + head.header("ETag"));
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.bytes()).isEmpty();
        assertThat(same.header("ETag")).isEqualTo(head.header("ETag"));
        assertThat(http.get(path, "If-Modified-Since", head.header("Last-Modified"))
                        .status())
                .isEqualTo(304);
        assertSameBytes(http.get(path, "If-None-Match", "\"other\"").bytes(), file);
    }

    @Test
    void downloadWhenClientWantsAnotherContentIsRefused() throws Exception {
        var path = content();
        assertProblem(http.get(path, "If-Match", "\"other\""), 412, "PRECONDITION_FAILED");
        assertProblem(
                http.get(path, "If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"), 412, "PRECONDITION_FAILED");
        assertThat(http.get(path, "If-Match", http.head(path).header("ETag")).status())
                .isEqualTo(200);
        assertThat(http.get(path, "If-Match", "*").status()).isEqualTo(200);
    }

    @Test
    void downloadWhenIfRangeDoesNotMatchAnswersWithTheWhole() throws Exception {
        var path = content();
        var head = http.head(path);
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", head.header("ETag"))
                        .status())
                .isEqualTo(206);
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", head.header("Last-Modified"))
                        .status())
                .isEqualTo(206);
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", "\"other\"").status())
                .isEqualTo(200);
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", "Mon, 01 Jan 2001 00:00:00 GMT")
                        .status())
                .isEqualTo(200);
    }

    /** Of the first days of a month, whose numbers HTTP writes with two digits. */
    @Test
    void downloadWhenDateIsTheOneOfLastModifiedTakesItAsTheSame() throws Exception {
        var path = content();
        try (var catalog = open(HOME.resolve("catalog.db"));
                var change = catalog.prepareStatement("UPDATE snapshot SET created_at = ? WHERE id = ?")) {
            change.setLong(1, Instant.parse("2026-03-05T06:07:08.900Z").toEpochMilli());
            change.setString(2, path.split("/")[2]);
            assertThat(change.executeUpdate()).isEqualTo(1);
        }
        var date = http.head(path).header("Last-Modified");
        assertThat(date).isEqualTo("Thu, 05 Mar 2026 06:07:08 GMT");
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", date).status())
                .isEqualTo(206);
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", "Thursday, 05-Mar-26 06:07:08 GMT")
                        .status())
                .isEqualTo(206);
        assertThat(http.get(path, "Range", "bytes=0-9", "If-Range", "Thu, 05 Mar 2026 06:07:09 GMT")
                        .status())
                .isEqualTo(200);
        assertThat(http.get(path, "If-Unmodified-Since", date).status()).isEqualTo(200);
        assertThat(http.get(path, "If-Modified-Since", date).status()).isEqualTo(304);
        assertThat(http.get(path, "If-Modified-Since", "Thu, 05 Mar 2026 06:07:07 GMT")
                        .status())
                .isEqualTo(200);
        assertThat(http.get(path, "If-Modified-Since", "yesterday").status()).isEqualTo(200);
    }

    @Test
    void downloadWhenEtagIsGivenIgnoresTheDateBesideIt() throws Exception {
        var path = content();
        var head = http.head(path);
        var old = "Mon, 01 Jan 2001 00:00:00 GMT";
        assertThat(http.get(path, "If-Match", head.header("ETag"), "If-Unmodified-Since", old)
                        .status())
                .isEqualTo(200);
        assertThat(http.get(path, "If-None-Match", "\"other\"", "If-Modified-Since", head.header("Last-Modified"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void downloadWhenStoredBytesOfAQuarantinedSnapshotAreDamagedIsRefusedAsItsHintSays() throws Exception {
        var path = content();
        damageLayer(0.02);
        ended(http.post(path.replace("content", "checks"), "{}").json());
        var answer = http.get(path);
        assertProblem(answer, 409, "SNAPSHOT_QUARANTINED");
        assertThat(answer.json().get("hint").asString()).contains("refused or breaks off");
        assertProblem(http.get(path + "?allowDamaged=true"), 500, "SNAPSHOT_DAMAGED");
    }

    @Test
    void downloadWhenSnapshotIsQuarantinedNeedsConsent() throws Exception {
        var path = withBrokenPage(database(ROOT.resolve(name + ".db"), "DELETE", 2_000), 20);
        file = Files.readAllBytes(path);
        register(path);
        var id = backUp("{}").get("problem").get("snapshotId").asString();
        assertProblem(http.get("/snapshots/" + id + "/content"), 409, "SNAPSHOT_QUARANTINED");
        assertThat(http.head("/snapshots/" + id + "/content").status()).isEqualTo(409);
        assertSameBytes(
                withoutCounters(http.get("/snapshots/" + id + "/content?allowDamaged=true")
                        .bytes()),
                withoutCounters(file));
    }

    @Test
    void downloadWhenFirstBytesAreDamagedIsRefused() throws Exception {
        var path = content();
        damageLayer(0.02);
        var answer = http.get(path);
        assertProblem(answer, 500, "SNAPSHOT_DAMAGED");
        assertThat(answer.findHeader("ETag")).isEmpty();
        assertThat(answer.findHeader("Content-Disposition")).isEmpty();
    }

    @Test
    void downloadWhenLaterBytesAreDamagedBreaksOffInsteadOfGivingThem() throws Exception {
        var path = content(8_000) + "?allowDamaged=true"; // the first damage quarantines it
        damageLayer(0.7);
        assertThatThrownBy(() -> http.get(path)).isInstanceOf(UncheckedIOException.class);

        // Right behind the last sound block so little is missing that the text of an error would fill it.
        long sound = soundBytes(path, file.length);
        assertThat(sound).isBetween(1L, file.length - 1L);
        for (int missing : new int[] {1, 100, 500, 2_000}) {
            var range = "bytes=0-" + (sound - 1 + missing);
            assertThatThrownBy(() -> http.get(path, "Range", range)).as(range).isInstanceOf(UncheckedIOException.class);
        }
        assertSameBytes(http.get(path, "Range", "bytes=0-" + (sound - 1)).bytes(), Arrays.copyOf(file, (int) sound));
        assertThat(http.get("/snapshots").status()).isEqualTo(200);
    }

    /**
     * Where the damaged block begins. A broken connection does not tell: what was sent and not yet read may be lost with it.
     */
    private long soundBytes(String path, int size) throws Exception {
        for (int start = 0; start < size; start += BLOCK_BYTES) {
            try {
                http.get(path, "Range", "bytes=0-" + (Math.min(start + BLOCK_BYTES, size) - 1));
            } catch (UncheckedIOException broken) {
                return start;
            }
        }
        throw new AssertionError("The download did not break");
    }

    /** Changes a byte of the only layer that the test's database has. */
    private void damageLayer(double where) throws IOException {
        var layer = newestLayer();
        try (var channel = FileChannel.open(layer, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long position = (long) (channel.size() * where);
            var one = ByteBuffer.allocate(1);
            channel.read(one, position);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) ~one.get(0)}), position);
        }
    }

    private static Path newestLayer() throws IOException {
        try (var files = Files.walk(HOME.resolve("repository"))) {
            return files.filter(path -> path.toString().contains("layers"))
                    .filter(Files::isRegularFile)
                    .max((a, b) ->
                            Long.compare(a.toFile().lastModified(), b.toFile().lastModified()))
                    .orElseThrow();
        }
    }
}
