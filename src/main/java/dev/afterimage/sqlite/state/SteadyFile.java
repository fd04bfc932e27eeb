package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.Holders;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/**
 * Sees that nobody writes a database file while a read transaction on it lasts, but those who keep SQLite's rules. Who does not,
 * such as {@code cp new.db live.db}, needs no lock, and what is read meanwhile is a mix of two databases, with which an
 * integrity check may well be content.
 *
 * <ul>
 *   <li>In rollback-journal mode the reader's SHARED lock keeps all writers from the file: it must not change at all.
 *   <li>In WAL mode only checkpoints write it, and no frame that is newer than the reader's mark. So when it has changed between
 *       two looks, a checkpoint must have been under way between them, and must have had something left to do for this reader.
 * </ul>
 *
 * <p>A look costs a few system calls. What was read since the first look and before the last one that did not throw is
 * undisturbed, as far as times of files and the progress of checkpoints can tell. Not for several threads at once.
 */
public final class SteadyFile {

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    /** Of the header: magic text, page size, journal mode, reserved bytes. No commit and no checkpoint changes them in WAL mode. */
    private static final int FIXED = 21;

    /**
     * The file, and the backfill before and after it was looked at: a checkpoint that has written before the stamp is seen by the later
     * one, and one that writes after it was not yet through by the earlier one.
     */
    private record Look(Backfill before, FileStamp stamp, Backfill after, Instant at, long nanos) {}

    private final SourceFile file;
    private final LiveFile live;
    private final boolean checkpointed;
    private final long framesSeen;
    private final byte[] firstPage;
    private final FileStamp start;
    private Look last;
    private boolean settled;

    /**
     * Looks for the first time.
     *
     * @param read in whose transaction the file is read; it stays open for as long as this is asked
     * @throws SourceException BACKUP_INTERRUPTED if the file already is another one than the transaction has begun with
     */
    static SteadyFile under(PinnedRead read) {
        var steady = new SteadyFile(read.file(), read.live(), read.pageSize(), read.journalMode());
        steady.requireAsRead(read);
        return steady;
    }

    /**
     * The same where the transaction is one that writes, and has not written to the file yet.
     *
     * @param pageSize in bytes
     */
    public SteadyFile(SourceFile file, LiveFile live, int pageSize, JournalMode journalMode) {
        this.file = file;
        this.live = live;
        this.checkpointed = journalMode == JournalMode.WAL;
        this.last = now();
        this.start = last.stamp;
        this.framesSeen =
                checkpointed ? live.walIndex().map(WalIndexHeader::frames).orElse(Long.MAX_VALUE) : 0;
        this.firstPage = firstPage(pageSize);
    }

    private Look now() {
        var before = backfill();
        var at = Instant.now();
        var stamp = FileStamp.of(file);
        return new Look(before, stamp, backfill(), at, System.nanoTime());
    }

    private Backfill backfill() {
        return checkpointed ? Backfill.read(live) : new Backfill(0, 0, 0);
    }

    private byte[] firstPage(int pageSize) {
        var page = ByteBuffer.allocate(pageSize);
        live.read(page, 0);
        return Arrays.copyOf(page.array(), page.position());
    }

    /** In WAL mode the file has a header, too, but the page count is in the WAL as long as that has frames. */
    private void requireAsRead(PinnedRead read) {
        if (read.pageCount() == 0) {
            require(firstPage.length == 0);
            return;
        }
        var header = header();
        require(header.pageSize() == read.pageSize());
        require(framesSeen > 0 || !header.pageCountIsValid() || header.pageCount() == read.pageCount());
    }

    private DatabaseHeader header() {
        try {
            return DatabaseHeader.parse(ByteBuffer.wrap(firstPage));
        } catch (IllegalArgumentException e) { // and SQLite has read one
            throw SourceException.overwritten(file.path());
        }
    }

    /** Waits for a few milliseconds if a change could now go unnoticed, because another one has just been. Call it before reading. */
    public void settle() {
        long nanos = last.stamp.untilChangesShow(last.at).toNanos() - (System.nanoTime() - last.nanos);
        if (nanos > 0) {
            Backoff.sleep(nanos);
        }
        look();
        settled = true;
    }

    /** As {@link #look}, not more often than needed to tell an overwriting from a checkpoint that goes on by turns with it. */
    public void lookNowAndThen() {
        if (System.nanoTime() - last.nanos > BETWEEN_LOOKS.toNanos()) {
            look();
        }
    }

    /** @throws SourceException BACKUP_INTERRUPTED if the file has changed since the last look, and by no checkpoint */
    private void look() {
        var now = now();
        require(now.stamp.equals(last.stamp) || isByCheckpoint(now));
        last = now;
    }

    private boolean isByCheckpoint(Look now) {
        return checkpointed
                // a WAL is begun anew only under readers that keep all checkpoints away from the file
                && last.before.salts() == now.after.salts()
                && last.before.frames() < framesSeen
                && last.before.movedUntil(now.after);
    }

    /**
     * Looks for the last time, and ends the transaction.
     *
     * @return as {@link PinnedRead#release}
     * @throws SourceException BACKUP_INTERRUPTED if what was read is worth nothing: somebody wrote the file who does not keep the rules
     * @throws SourceException.Replaced if another file is in its place, or none
     */
    Duration release(PinnedRead read) {
        requireUnchanged();
        if (settled && checkpointed) {
            requireNobodyOverwriting();
        }
        var held = read.release();
        if (settled && !checkpointed) { // no writer waits for this any more
            requireNobodyOverwriting();
            requireUnchangedButByCommits();
        }
        return held;
    }

    /** The same where another transaction goes on. */
    public void requireSteady() {
        requireUnchanged();
        requireNobodyOverwriting();
    }

    private void requireUnchanged() {
        look();
        var page = firstPage(Math.max(firstPage.length, FIXED));
        int fixed = last.stamp.equals(start) ? firstPage.length : Math.min(FIXED, firstPage.length);
        require(Arrays.equals(page, 0, Math.min(fixed, page.length), firstPage, 0, fixed));
    }

    /** One that has stopped for all of this time, and will go on: the file does not change, but is half of one and half of another. */
    private void requireNobodyOverwriting() {
        var overwriting = Holders.overwriting(file);
        if (!overwriting.isEmpty()) {
            throw SourceException.overwritten(file.path(), overwriting);
        }
    }

    /** One that had stopped may have come to its end after the transaction did. A commit counts in the header; before it there is a journal. */
    private void requireUnchangedButByCommits() {
        require(FileStamp.of(file).equals(last.stamp)
                || SourceFile.sizeOf(Beside.journal(file.path())) > 0
                || !Arrays.equals(firstPage(firstPage.length), firstPage));
    }

    private void require(boolean steady) {
        if (!steady) {
            throw SourceException.overwritten(file.path());
        }
    }
}
