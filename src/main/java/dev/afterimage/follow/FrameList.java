package dev.afterimage.follow;

import dev.afterimage.repository.log.Frames;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/** Where in a spool file the pages are, in the order in which they were written: 16 bytes of the heap for each. */
final class FrameList {

    private int[] pages = new int[64];
    private int[] commits = new int[64];
    private long[] offsets = new long[64];
    private int size;

    void add(long page, int commit, long offset) {
        if (size == pages.length) {
            pages = Arrays.copyOf(pages, 2 * size);
            commits = Arrays.copyOf(commits, 2 * size);
            offsets = Arrays.copyOf(offsets, 2 * size);
        }
        pages[size] = (int) page;
        commits[size] = commit;
        offsets[size] = offset;
        size++;
    }

    int size() {
        return size;
    }

    void shrinkTo(int frames) {
        size = frames;
    }

    /** How many pages each commit has; one that it wrote several times counts once. */
    int[] countByCommit(int count) {
        var counts = new int[count];
        for (int frame : byPage()) {
            counts[commits[frame]]++;
        }
        return counts;
    }

    /** By page, the newest first; of what a commit wrote several times, the last. */
    private int[] byPage() {
        var order = new long[size];
        for (int i = 0; i < size; i++) {
            // Longs are compared with their sign, page numbers have none: so the highest bit is flipped.
            order[i] = (Integer.toUnsignedLong(pages[i]) << Integer.SIZE ^ Long.MIN_VALUE) | (Integer.MAX_VALUE - i);
        }
        Arrays.sort(order);
        var frames = new int[size];
        int kept = 0;
        for (long next : order) {
            int frame = Integer.MAX_VALUE - (int) next;
            boolean isOlder =
                    kept > 0 && pages[frames[kept - 1]] == pages[frame] && commits[frames[kept - 1]] == commits[frame];
            if (!isOlder) {
                frames[kept++] = frame;
            }
        }
        return Arrays.copyOf(frames, kept);
    }

    /** As they are in the file. */
    Frames read(FileChannel file, Path path) {
        var order = byPage();
        return new Frames() {
            @Override
            public int count() {
                return order.length;
            }

            @Override
            public long page(int frame) {
                return Integer.toUnsignedLong(pages[order[frame]]);
            }

            @Override
            public int commit(int frame) {
                return commits[order[frame]];
            }

            @Override
            public void read(int frame, ByteBuffer page) {
                long position = offsets[order[frame]] - page.position();
                try {
                    while (page.hasRemaining()) {
                        if (file.read(page, position + page.position()) < 0) {
                            throw new IOException("it became shorter");
                        }
                    }
                } catch (IOException e) {
                    throw StagingProblem.of(path, e);
                }
            }
        };
    }
}
