package dev.afterimage.repository.read;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tails of layers (page lists, block table, footer) as files of this node, for a storage of which each read takes a round trip. A tail is
 * kept in pieces, each fetched when it is needed first. What was not needed for longest goes when all of them are larger than they may be.
 * Layers never change, so nothing in here gets old; and whoever reads proves it, as what comes from the storage, so anything in here may be
 * lost, torn or changed at any time. As on the storage: what is sealed there is sealed here. Safe for several threads of one process.
 */
public final class IndexCache {

    /** The page lists of 1 GiB of a database of 4 KiB pages. */
    private static final int PIECE = 4 << 20;

    private static final Logger log = LoggerFactory.getLogger(IndexCache.class);

    private static final Pattern NAME =
            Pattern.compile("([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\\.[0-9]{1,6}");

    private static final long DISK_BLOCK = 4096;

    private static final String UNFINISHED = ".new";

    /** A disk that is full or broken is not tried again for so long, and is logged once. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final @Nullable Path directory;
    private final long maxBytes;
    private final int pieceBytes;

    /** Bytes on disk by file name, the one that was not needed for longest first. */
    private final LinkedHashMap<String, Long> pieces = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;
    private boolean begun;
    private boolean failed;
    private long failedNanos;

    IndexCache(@Nullable Path directory, long maxBytes, int pieceBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
        this.pieceBytes = pieceBytes;
    }

    /** Keeps nothing. */
    public static IndexCache none() {
        return new IndexCache(null, 0, PIECE);
    }

    /**
     * Keeps pieces in a directory, and begins with those that are there: looks for them when it is used first.
     *
     * @param directory that is there, and that no other process uses. What has the name of no piece in it stays
     * @param maxBytes that all pieces may take together on disk
     */
    public static IndexCache in(Path directory, long maxBytes) {
        return new IndexCache(directory, maxBytes, PIECE);
    }

    /** Most bytes of a piece. */
    int pieceBytes() {
        return pieceBytes;
    }

    private record Found(String name, BasicFileAttributes attributes) {}

    private void begin(Path directory) throws IOException {
        var found = new ArrayList<Found>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                var name = String.valueOf(file.getFileName());
                if (name.endsWith(UNFINISHED)) {
                    Files.deleteIfExists(file);
                } else if (NAME.matcher(name).matches()) {
                    found.add(new Found(name, Files.readAttributes(file, BasicFileAttributes.class)));
                }
            }
        }
        found.sort(Comparator.comparing(piece -> piece.attributes.lastModifiedTime()));
        for (var piece : found) {
            add(piece.name, piece.attributes.size());
        }
        begun = true;
        shrink();
    }

    /** Whether it keeps anything: not when it is {@link #none}, and not for a while after it could not. */
    synchronized boolean keeps() {
        if (failed && System.nanoTime() - failedNanos > PATIENCE.toNanos()) {
            failed = false;
        }
        return directory != null && !failed;
    }

    /** A piece, if it is there. The caller closes it. */
    synchronized Optional<FileChannel> find(UUID layerId, int number) throws IOException {
        if (!begun && directory != null) {
            begin(directory);
        }
        var name = name(layerId, number);
        if (pieces.get(name) == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(FileChannel.open(path(name), READ));
        } catch (NoSuchFileException e) {
            drop(name);
            return Optional.empty();
        }
    }

    /**
     * Keeps a piece, and opens it. The caller closes it. It need not survive a crash, so nothing is synced.
     *
     * @throws IOException when it cannot be kept; then there is none
     */
    FileChannel keep(UUID layerId, int number, ByteBuffer content) throws IOException {
        var name = name(layerId, number);
        var unfinished = path(UUID.randomUUID() + UNFINISHED);
        int size = content.remaining();
        var file = FileChannel.open(unfinished, CREATE_NEW, READ, WRITE);
        try {
            while (content.hasRemaining()) {
                file.write(content);
            }
            rename(unfinished, name, size);
            return file;
        } catch (IOException | RuntimeException e) {
            try (file) {
                Files.deleteIfExists(unfinished);
            } catch (IOException another) {
                e.addSuppressed(another);
            }
            throw e;
        }
    }

    private synchronized void rename(Path unfinished, String name, int size) throws IOException {
        Files.move(unfinished, path(name), ATOMIC_MOVE);
        drop(name);
        add(name, size);
        shrink();
    }

    private void add(String name, long size) {
        long onDisk = Math.ceilDiv(size, DISK_BLOCK) * DISK_BLOCK;
        pieces.put(name, onDisk);
        bytes += onDisk;
    }

    private void shrink() throws IOException {
        while (bytes > maxBytes && !pieces.isEmpty()) {
            var oldest = pieces.firstEntry().getKey();
            Files.deleteIfExists(path(oldest));
            drop(oldest);
        }
    }

    private void drop(String name) {
        var size = pieces.remove(name);
        bytes -= size == null ? 0 : size;
    }

    /** Drops what it has of a layer. */
    synchronized void forget(UUID layerId) {
        var names = pieces.keySet().stream()
                .filter(name -> name.startsWith(layerId.toString()))
                .toList();
        try {
            for (var name : names) {
                Files.deleteIfExists(path(name));
                drop(name);
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    /** The disk does not do what it was asked: for a while nothing is kept, and all is read from the storage. */
    synchronized void failed(IOException cause) {
        if (!failed) {
            log.warn("The index cache {} cannot be used, reads go to the storage: {}", directory, cause.toString());
        }
        failed = true;
        failedNanos = System.nanoTime();
    }

    private static String name(UUID layerId, int number) {
        return layerId + "." + number;
    }

    private Path path(String name) {
        if (directory == null) {
            throw new IllegalStateException("Nothing is kept");
        }
        return directory.resolve(name);
    }
}
