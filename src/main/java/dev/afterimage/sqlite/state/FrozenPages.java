package dev.afterimage.sqlite.state;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a committed state, read from files that were frozen while it was pinned. Nothing has to be recovered for that, and
 * nothing is written: how far the WAL was committed is known from the pinned database, and in a journal nothing can be.
 */
public final class FrozenPages implements AutoCloseable {

    private final SourceFile file;
    private final FrozenState state;
    private final LiveFile opened;
    private final LivePages pages;

    /**
     * Opens them, and sees that they are of that state, not of an older one.
     *
     * @param path of the database file among them
     * @param progress hears of the phase READING_WAL
     * @throws ProblemException FROZEN_FILES_UNUSABLE if they are not there, are the live ones, or of another state
     */
    public static FrozenPages open(Path path, FrozenState state, PageProgress progress) {
        var file = FrozenFiles.find(path, state.source());
        var opened = LiveFile.enter(file);
        try {
            return new FrozenPages(file, state, opened, progress);
        } catch (RuntimeException e) {
            opened.leave();
            throw e;
        }
    }

    private FrozenPages(SourceFile file, FrozenState state, LiveFile opened, PageProgress progress) {
        this.file = file;
        this.state = state;
        this.opened = opened;
        var wal = state.wal();
        if (wal == null) {
            requireSameFile();
        }
        this.pages = new LivePages(
                opened, state.pageSize(), state.pageCount(), wal == null ? null : committed(wal, progress));
    }

    private void requireSameFile() {
        if (file.bytes() != state.bytes() || !opened.header().equals(Optional.ofNullable(state.header()))) {
            throw anotherState(null);
        }
    }

    /** A database file that was frozen before its WAL, or after it, does no harm: all frames are there that a checkpoint may write. */
    private @Nullable CommittedWal committed(WalIndexHeader wal, PageProgress progress) {
        try {
            return CommittedWal.frozen(file, state.pageSize(), wal, progress);
        } catch (SourceException.Corrupt e) {
            throw anotherState(e);
        }
    }

    private ProblemException anotherState(@Nullable Throwable cause) {
        return FrozenFiles.unusable(
                file.path(),
                "they are not of the state in which %s was while it was locked for `create`"
                        .formatted(state.source().path()),
                cause);
    }

    public LivePages pages() {
        return pages;
    }

    /** See {@link FileEnd}. */
    public List<String> notesOnEnd() {
        return FileEnd.look(file, state.journalMode(), pages);
    }

    @Override
    public void close() {
        try (pages) {
            opened.leave();
        }
    }
}
