package dev.afterimage.backup;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.WalReader;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;

/**
 * Since when processes read large WALs, as far as it was seen: no system tells since when a lock is held. Remembered as long as
 * the service runs.
 */
@Component
public class LongReads {

    private final AdviceSettings settings;
    private final Clock clock;
    private final ConcurrentMap<Path, Map<WalReader.Read, Instant>> firstSeen = new ConcurrentHashMap<>();

    LongReads(AdviceSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * A reader of a WAL.
     *
     * @param since when it was first seen; it may have begun before
     */
    record LongRead(WalReader reader, Instant since) {}

    /**
     * Looks at the readers of large WALs, and forgets those of others. To be called again and again.
     *
     * @param walBytes the sizes of all WALs, by their databases
     */
    public void watch(Map<Path, Long> walBytes) {
        var large = walBytes.entrySet().stream()
                .filter(wal -> wal.getValue() > settings.walBytes().toBytes())
                .map(Map.Entry::getKey)
                .collect(toSet());
        firstSeen.keySet().retainAll(large);
        large.forEach(this::look);
    }

    private void look(Path database) {
        try {
            of(database);
        } catch (SourceException e) { // whoever asks for the database, or backs it up, is told why
            firstSeen.remove(database);
        }
    }

    /**
     * Those who read the WAL now.
     *
     * @throws SourceException if they cannot be looked at
     */
    List<LongRead> of(Path database) {
        var readers = WalReader.of(database);
        var now = clock.instant();
        var since = firstSeen.compute(
                database,
                (path, before) -> readers.stream()
                        .map(WalReader::read)
                        .distinct()
                        .collect(toMap(read -> read, read -> before == null ? now : before.getOrDefault(read, now))));
        return readers.stream()
                .map(reader -> new LongRead(reader, since.getOrDefault(reader.read(), now)))
                .toList();
    }
}
