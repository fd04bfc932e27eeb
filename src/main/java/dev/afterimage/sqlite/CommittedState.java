package dev.afterimage.sqlite;

import java.time.Duration;
import java.util.Optional;

/**
 * Tells the state that is committed in a live database from all later ones: two are equal only if nobody has committed in
 * between. They may differ all the same.
 */
sealed interface CommittedState {

    /**
     * In rollback mode each commit increases the <a href="https://www.sqlite.org/fileformat2.html#file_change_counter">change
     * counter</a> of the header.
     *
     * @param header empty if the file is
     */
    record InFile(Optional<DatabaseHeader> header) implements CommittedState {}

    /**
     * In WAL mode each commit adds frames, or begins the WAL anew with other salts, and counts in what is published.
     *
     * @param header as it stands in the database file; it may change without any commit, and is not compared
     */
    record InWal(DatabaseHeader header, WalIndexHeader published) implements CommittedState {

        @Override
        public boolean equals(Object other) {
            return other instanceof InWal wal && published.equals(wal.published);
        }

        @Override
        public int hashCode() {
            return published.hashCode();
        }
    }

    /**
     * Looks at a database that this process has open and whose hot journal has been settled. In rollback mode the caller has
     * it locked, be it for reading, or it may see a commit that is then rolled back.
     *
     * @throws SourceException.NotScannable if the {@code -shm} does not tell for a second
     */
    static CommittedState of(SourceFile file, LiveFile live) {
        var header = DatabaseHeader.of(live);
        return header.isPresent() && header.get().journalMode() == JournalMode.WAL
                ? new InWal(header.get(), new PublishedState(file, live).read(Duration.ZERO, PageProgress.NONE))
                : new InFile(header);
    }
}
