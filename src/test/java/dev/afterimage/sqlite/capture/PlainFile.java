package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes all pages that it is offered to a file, over those of the last time. */
public record PlainFile(Path path, int bytesPerRead) implements PageSink {

    public PlainFile(Path path) {
        this(path, 1 << 20);
    }

    @Override
    public void take(PageSource pages, PageProgress progress) {
        int pagesPerRead = bytesPerRead / pages.pageSize();
        var buffer = ByteBuffer.allocateDirect(bytesPerRead);
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long done = 0; done < pages.pageCount(); ) {
                progress.pages(done, pages.pageCount());
                int run = (int) Math.min(pagesPerRead, pages.pageCount() - done);
                buffer.clear().limit(run * pages.pageSize());
                pages.read(done + 1, buffer);
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer, done * pages.pageSize() + buffer.position());
                }
                done += run;
            }
            channel.truncate(pages.pageCount() * pages.pageSize());
            progress.pages(pages.pageCount(), pages.pageCount());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
