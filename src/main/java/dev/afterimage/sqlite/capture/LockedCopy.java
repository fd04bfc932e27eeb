package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SpeedLimit;
import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WriteLock;
import dev.afterimage.sqlite.state.LivePages;
import dev.afterimage.sqlite.state.PinnedPages;
import dev.afterimage.sqlite.state.StateCopy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * Captures a live database by copying its file while the lock of a writer keeps all others from committing, in both journal
 * modes; they can read. The kernel copies, without moving bytes where the file system can share them. What is in the WAL is put
 * over the copy; nothing is checkpointed.
 */
public final class LockedCopy {

    /**
     * As {@link OnlineCopy#run}, but the copy stops as soon as it is cancelled. {@code lockHeld} is how long nobody else could
     * commit, in WAL mode too.
     *
     * @throws SourceException.NotWritable if this process may only read the file
     * @throws SourceException.NotScannable if the database is empty, or has an unknown WAL
     */
    public static Capture run(Path source, Path staging, CaptureOptions options, PageProgress progress) {
        var file = SourceFile.find(source);
        ApplicationFiles.requireOurDatabase(file);
        long walBytesBefore = file.walBytes();
        try (var staged = StagingFile.at(staging);
                var reader = PinnedRead.begin(file, options, progress)) {
            // It only stays connected, so that the connection that can write is not the last to close.
            reader.release();
            try (var lock = WriteLock.take(file, options.patience(), progress);
                    var pages = PinnedPages.begin(file, lock.live(), options, progress)) {
                var ofState = pages.pages(progress);
                var notesOnEnd = pages.notesOnEnd(ofState);
                copy(pages, ofState, lock.live(), staged, options, progress);
                var extent = pages.extent();
                var lockHeld = lock.release(); // what is looked at once more is looked at while others can write
                pages.release();
                file.requireUnreplaced();
                staged.sync();
                staged.verify(pages.pageSize(), pages.pageCount());
                var capture = new Capture(
                        pages.pinnedAt(),
                        pages.pageSize(),
                        pages.pageCount(),
                        pages.journalMode(),
                        lockHeld,
                        walBytesBefore,
                        file.walBytes(),
                        Stream.concat(reader.notes().stream(), notesOnEnd.stream())
                                .toList(),
                        null,
                        extent);
                staged.keep();
                return capture;
            }
        }
    }

    private static void copy(
            PinnedPages pages,
            LivePages ofState,
            LiveFile live,
            StagingFile staged,
            CaptureOptions options,
            PageProgress progress) {
        var inPhase = progress.phase(OnlineCopy.PHASE, pages.pageSize());
        var limit = new SpeedLimit(pages.pageSize(), options.maxBytesPerSecond());
        try (var copy = FileChannel.open(staged.path(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            StateCopy.of(live, ofState, copy, (done, total) -> {
                pages.requireSteadyNowAndThen();
                limit.report(done, total, inPhase);
            });
        } catch (IOException e) {
            throw staged.refused(e);
        }
    }

    private LockedCopy() {}
}
