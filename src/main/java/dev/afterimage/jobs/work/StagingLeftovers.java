package dev.afterimage.jobs.work;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.lifecycle.StartStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Deletes at a start what a dead process left in staging. The home's lock is held, so nobody uses it. */
@Component
class StagingLeftovers extends StartStep {

    private final Path staging;

    StagingLeftovers(Node node) {
        super(2); // before requests and workers, which use staging
        this.staging = node.staging();
    }

    /** @throws UncheckedIOException when the staging directory cannot be used, which stops the start */
    @Override
    protected void take() {
        try {
            var start = staging.toRealPath();
            Files.walkFileTree(start, new Deletion(start));
        } catch (IOException e) {
            throw new UncheckedIOException("The staging directory cannot be used: " + staging, e);
        }
    }

    /** What is in staging, not itself: it may be a mount point or a link to where there is room. */
    private static final class Deletion extends SimpleFileVisitor<Path> {

        private final Path start;

        Deletion(Path start) {
            this.start = start;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        /** What is gone already, such as by somebody who clears up by hand, need not be deleted. */
        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            if (e != null) {
                throw e;
            }
            if (!directory.equals(start)) {
                Files.deleteIfExists(directory);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
