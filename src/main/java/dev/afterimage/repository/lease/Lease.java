package dev.afterimage.repository.lease;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who may write to a repository: an object that is made once and never changed. Of several the one with the highest epoch counts. See
 * {@code docs/repository-format.md}, "Lease".
 *
 * @param epoch from 1; whoever takes the repository over takes the next one
 * @param holder null where the object cannot be understood: then it is somebody else
 */
public record Lease(long epoch, @Nullable Holder holder) {

    static final String FOLDER = "lease/";

    /** Far more than any has. */
    static final int MOST_BYTES = 1 << 16;

    private static final int FORMAT = 1;
    private static final Pattern KEY = Pattern.compile(FOLDER + "([0-9]{12})");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Who has it.
     *
     * @param home whose it is, by its id
     * @param run the process that has taken it: a copy of the home has the same id
     * @param host as people call the machine
     */
    public record Holder(UUID home, UUID run, String host, Instant since, String version) {}

    String key() {
        return key(epoch);
    }

    static String key(long epoch) {
        return FOLDER + "%012d".formatted(epoch);
    }

    /** Nothing where the key is that of something else. */
    static Optional<Long> epoch(String key) {
        var matcher = KEY.matcher(key);
        return matcher.matches() ? Optional.of(Long.valueOf(matcher.group(1))) : Optional.empty();
    }

    boolean isBy(UUID run) {
        return holder != null && holder.run().equals(run);
    }

    boolean isOf(UUID home) {
        return holder != null && holder.home().equals(home);
    }

    byte[] encode() {
        var by = holder;
        if (by == null) {
            throw new IllegalStateException("Nobody takes a lease for somebody unknown");
        }
        return """
                {
                "format":%d,
                "epoch":%d,
                "home":"%s",
                "run":"%s",
                "host":%s,
                "since":"%s",
                "version":%s
                }
                """.formatted(
                        FORMAT,
                        epoch,
                        by.home(),
                        by.run(),
                        JSON.writeValueAsString(by.host()),
                        by.since(),
                        JSON.writeValueAsString(by.version()))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** What lies under the key of an epoch. Of what is no lease, or one of a newer format, nothing is known but the epoch. */
    static Lease decode(long epoch, byte[] bytes) {
        try {
            var json = JSON.readTree(bytes);
            if (json.path("format").asInt(0) != FORMAT || json.path("epoch").asLong(0) != epoch) {
                return new Lease(epoch, null);
            }
            return new Lease(
                    epoch,
                    new Holder(
                            UUID.fromString(json.path("home").asString("")),
                            UUID.fromString(json.path("run").asString("")),
                            json.path("host").asString(""),
                            Instant.parse(json.path("since").asString("")),
                            json.path("version").asString("")));
        } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
            return new Lease(epoch, null);
        }
    }
}
