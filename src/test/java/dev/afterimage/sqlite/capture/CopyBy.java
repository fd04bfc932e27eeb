package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

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
            return orNothing(copy, () -> Scan.run(source, options, null, new PlainFile(copy), progress));
        }
    },
    LOCKED_COPY {
        @Override
        public Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress) {
            return orNothing(
                    copy,
                    () -> LockedCopy.run(
                            source,
                            copy.resolveSibling("clone-of-" + copy.getFileName()),
                            options,
                            null,
                            new PlainFile(copy),
                            progress));
        }
    },
    VACUUM {
        @Override
        public Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress) {
            return VacuumCopy.run(source, copy, options, progress);
        }
    };

    public abstract Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress);

    private static Capture orNothing(Path copy, Supplier<Capture> scan) {
        try {
            return scan.get();
        } catch (RuntimeException e) {
            try {
                Files.deleteIfExists(copy);
            } catch (IOException left) {
                throw new UncheckedIOException(left);
            }
            throw e;
        }
    }
}
