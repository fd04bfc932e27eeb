package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.SourceFile;
import org.jspecify.annotations.Nullable;

/**
 * A committed state whose files were frozen while it was pinned: what is needed to tell those files from others, and to read just this
 * state from them, without recovering it.
 *
 * @param source the live database file
 * @param pageSize in bytes
 * @param pageCount of the state
 * @param bytes of the database file
 * @param header of the database file; null where the state is not all in the file, which checkpoints may then write
 * @param wal how far the WAL was committed; null if nothing of the state is in one
 */
public record FrozenState(
        SourceFile source,
        JournalMode journalMode,
        int pageSize,
        long pageCount,
        long bytes,
        @Nullable DatabaseHeader header,
        @Nullable WalIndexHeader wal) {}
