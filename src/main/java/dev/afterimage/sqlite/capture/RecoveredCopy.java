package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.Extent;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.SuperJournal;
import dev.afterimage.sqlite.state.FrozenFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Frozen files of which no lock tells the state, made whole as SQLite does it after a crash: on a copy, since they stay as they are. Where neither
 * a WAL nor a journal is beside the file, it is whole as it lies.
 */
public final class RecoveredCopy implements AutoCloseable {

    private static final int BYTES_PER_STEP = 4 << 20;

    private final Path path;
    private final StagingFile copy;

    /**
     * Copies, and recovers the copy.
     *
     * @param frozen as {@link FrozenFiles} has found it
     * @param copy that does not exist; deleted on {@link #close}, and when this throws
     * @param progress hears of the phase COPYING
     * @throws SourceException BACKUP_INTERRUPTED if it was frozen amid a commit to several databases
     * @throws ProblemException FROZEN_FILES_UNUSABLE if they are of no database, or cannot be read or recovered
     * @throws ProblemException STORAGE_FULL or STORAGE_UNREACHABLE if the copy cannot be written
     */
    public static RecoveredCopy of(SourceFile frozen, Path copy, PageProgress progress) {
        var staged = StagingFile.at(copy);
        try {
            return new RecoveredCopy(frozen, staged, progress);
        } catch (RuntimeException | Error e) {
            try (staged) {
                throw e;
            }
        }
    }

    private RecoveredCopy(SourceFile frozen, StagingFile copy, PageProgress progress) {
        this.copy = copy;
        if (isWhole(frozen)) {
            this.path = frozen.path();
        } else {
            this.path = copy.path();
            if (SuperJournal.isNamedBeside(frozen)) {
                throw SourceException.frozenInCommit(frozen.path());
            }
            copyAll(frozen, progress);
            recover(frozen);
        }
    }

    private static boolean isWhole(SourceFile frozen) {
        return frozen.walBytes() == 0 && SourceFile.sizeOf(Beside.journal(frozen.path())) == 0;
    }

    private void copyAll(SourceFile frozen, PageProgress progress) {
        int pageSize = pageSize(frozen);
        copy(frozen.path(), path, pageSize, progress.phase("COPYING", pageSize));
        copy(Beside.wal(frozen.path()), Beside.wal(path), pageSize, progress);
        copy(Beside.journal(frozen.path()), Beside.journal(path), pageSize, progress);
    }

    /** The first page may be what a journal is to put right, but not its first bytes, which no commit changes. */
    private static int pageSize(SourceFile frozen) {
        try (var channel = FileChannel.open(frozen.path(), StandardOpenOption.READ)) {
            return DatabaseHeader.read(channel).pageSize();
        } catch (IllegalArgumentException e) {
            throw FrozenFiles.unusable(frozen.path(), "they are of no SQLite database: " + e.getMessage(), e);
        } catch (IOException e) {
            throw FrozenFiles.unusable(frozen.path(), e.toString(), e);
        }
    }

    private static void copy(Path from, Path to, int pageSize, PageProgress progress) {
        long bytes = SourceFile.sizeOf(from);
        if (bytes == 0) {
            return;
        }
        try (var source = opened(from);
                var target = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long position = 0; position < bytes; ) {
                progress.pages(position / pageSize, bytes / pageSize);
                long copied = source.transferTo(position, Math.min(BYTES_PER_STEP, bytes - position), target);
                if (copied == 0) {
                    throw FrozenFiles.unusable(from, "it has become shorter", null);
                }
                position += copied;
            }
        } catch (IOException e) {
            throw StagingProblem.of(to, e);
        }
    }

    private static FileChannel opened(Path from) {
        try {
            return FileChannel.open(from, StandardOpenOption.READ);
        } catch (IOException e) {
            throw FrozenFiles.unusable(from, e.toString(), e);
        }
    }

    private void recover(SourceFile frozen) {
        try (var connection = Connections.readWrite(path)) {
            number(connection, "PRAGMA schema_version"); // begins to read, for which SQLite recovers; needs no schema
        } catch (SQLException e) {
            throw Refusal.primaryCode(e) == Refusal.FULL
                    ? StagingProblem.full(path, e)
                    : FrozenFiles.unusable(frozen.path(), "SQLite does not recover them: " + Refusal.words(e), e);
        }
        // Whoever closes last puts the WAL into the file, and deletes it; but does not tell if it could not.
        if (Stream.of(Beside.wal(path), Beside.journal(path)).anyMatch(beside -> SourceFile.sizeOf(beside) > 0)) {
            throw StagingProblem.unusable(path, "its WAL could not be put into it", null);
        }
    }

    /** Of a database that nobody writes: what {@link #close} deletes, or the frozen file itself. */
    public Path path() {
        return path;
    }

    /**
     * What it is, as a capture.
     *
     * @param at about when the files were frozen
     * @param walBytesBefore of the live database, before that
     * @throws SourceException.Corrupt if it is too damaged to tell
     */
    public Capture capture(SourceFile live, Instant at, long walBytesBefore, List<String> notes) {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var header = DatabaseHeader.read(channel);
            var extent = Extent.ofFile(path)
                    .orElseThrow(() -> new SourceException.Corrupt(live.path(), "its schema cannot be read", null));
            return new Capture(
                    at,
                    header.pageSize(),
                    channel.size() / header.pageSize(),
                    header.journalMode(),
                    Duration.ZERO,
                    walBytesBefore,
                    live.walBytes(),
                    notes,
                    null,
                    extent);
        } catch (IllegalArgumentException e) {
            throw FrozenFiles.unusable(path, "they are of no SQLite database: " + e.getMessage(), e);
        } catch (IOException e) {
            throw FrozenFiles.unusable(path, e.toString(), e);
        }
    }

    @Override
    public void close() {
        copy.close();
    }
}
