package dev.afterimage.repository.hashes;

import dev.afterimage.repository.format.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A directory with a file of hashes for each database; whatever is not found in it is found out by digesting all pages. */
public final class PageHashCache {

    private static final Pattern NAME =
            Pattern.compile("([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(\\.first|\\.second)?");

    private final Path directory;
    private final Duration fullDigestEvery;
    private final Clock clock;

    /**
     * @param directory that is there, and that only its owner may read: who knows keys and hashes could make pages that seem unchanged
     * @param fullDigestEvery how long unchanged pages are known by their hashes alone, before all are digested once more
     */
    public PageHashCache(Path directory, Duration fullDigestEvery, Clock clock) {
        this.directory = directory;
        this.fullDigestEvery = fullDigestEvery;
        this.clock = clock;
    }

    /**
     * What is known of the pages of a snapshot on which another is to be built. The caller closes it.
     *
     * @param parent null to build on nothing
     */
    public PageHashes begin(UUID databaseId, @Nullable Manifest parent) {
        var now = clock.instant();
        var known = parent == null ? null : known(parent).orElse(null);
        boolean trusted = known != null && !isOver(known.header().digestedAt(), now);
        return new PageHashes(databaseId, path(databaseId), known, trusted, now);
    }

    /** Whether all pages of the next snapshot are to be digested, be it because nothing proves when that was done last. */
    public boolean fullDigestIsDue(Manifest parent) {
        var known = known(parent);
        if (known.isEmpty()) {
            return true;
        }
        try (var hashes = known.get()) {
            return isOver(hashes.header().digestedAt(), clock.instant());
        } catch (IOException e) {
            return true;
        }
    }

    private boolean isOver(Instant digestedAt, Instant now) {
        return now.isBefore(digestedAt) || !now.isBefore(digestedAt.plus(fullDigestEvery));
    }

    /** Those in a file that was torn, or is of another version, are no more known than those in a file that is not there. */
    private Optional<KnownHashes> known(Manifest snapshot) {
        try {
            var file = FileChannel.open(path(snapshot.databaseId()));
            try {
                var hashes = KnownHashes.in(file);
                if (isOf(snapshot, hashes.header())) {
                    return Optional.of(hashes);
                }
            } catch (IOException | RuntimeException e) {
                try (file) {
                    throw e;
                }
            }
            file.close();
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The tree digest stands for all pages: whatever snapshot has it has these. */
    private static boolean isOf(Manifest snapshot, HashFileHeader header) {
        return header.databaseId().equals(snapshot.databaseId())
                && header.treeDigest().equals(snapshot.treeDigest())
                && header.pageSize() == snapshot.pageSize()
                && header.pageCount() == snapshot.pageCount();
    }

    /** The databases of which there is anything. */
    public Set<UUID> databases() {
        var ids = new HashSet<UUID>();
        try (var names = Files.newDirectoryStream(directory)) {
            for (var name : names) {
                var matcher = NAME.matcher(String.valueOf(name.getFileName()));
                if (matcher.matches()) {
                    ids.add(UUID.fromString(matcher.group(1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ids;
    }

    public void forget(UUID databaseId) {
        try {
            for (var suffix : List.of("", PageHashes.FIRST, PageHashes.SECOND)) {
                Files.deleteIfExists(directory.resolve(databaseId + suffix));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path path(UUID databaseId) {
        return directory.resolve(databaseId.toString());
    }
}
