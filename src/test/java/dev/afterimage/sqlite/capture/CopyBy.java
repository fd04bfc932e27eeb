package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The methods of capture, each as a copy to a file of its own, so that one test can hold them all to the same. */
public enum CopyBy {
    ONLINE {
        @Override
        public Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress) {
            return OnlineCopy.run(source, copy, options, progress);
        }
    },
    SCAN {
        @Override
        public Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress) {
            try {
                return Scan.run(source, options, null, new PlainFile(copy), progress);
            } catch (RuntimeException e) {
                delete(copy);
                throw e;
            }
        }
    },
    LOCKED_COPY {
        @Override
        public Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress) {
            return LockedCopy.run(source, copy, options, progress);
        }
    },
    VACUUM {
        @Override
        public Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress) {
            return VacuumCopy.run(source, copy, options, progress);
        }
    };

    public abstract Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress);

    private static void delete(Path copy) {
        try {
            Files.deleteIfExists(copy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
