package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.SyntheticWal;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Writes a long WAL beside a database that need not be there, finds its pages, and reads some; then it tells how much heap that took. */
final class WalReadingProcess {

    private static final int PAGE_SIZE = 512;

    public static void main(String[] arguments) throws Exception {
        var database = Path.of(arguments[0]);
        int frames = Integer.parseInt(arguments[1]);
        SyntheticWal.write(database, PAGE_SIZE, frames, 0);
        System.gc();
        long before = usedHeap();
        try (var wal = new WalFile(new SourceFile(database, null));
                var found = new WalFrames(wal, wal.header().orElseThrow())) {
            long since = System.nanoTime();
            require(found.addUpTo(frames, PageProgress.NONE), "the frames");
            System.err.println("found in ms: " + (System.nanoTime() - since) / 1_000_000);
            System.gc();
            System.err.println("heap kept in bytes: " + (usedHeap() - before));
            for (int frame = 1; frame <= frames; frame += 997) {
                require(found.frameOf(Integer.toUnsignedLong(SyntheticWal.pageOf(frame))) == frame, "a page");
                var page = ByteBuffer.allocate(PAGE_SIZE);
                require(found.read(frame, 1, page) && page.getInt(0) == frame, "what the page has");
            }
        }
        System.out.println("read");
    }

    private static long usedHeap() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what);
        }
    }

    private WalReadingProcess() {}
}
