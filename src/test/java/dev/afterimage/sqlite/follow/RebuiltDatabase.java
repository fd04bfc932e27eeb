package dev.afterimage.sqlite.follow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A database that is made anew out of a copy and the commits that a follower took since. */
final class RebuiltDatabase implements CommitSink {

    /** Sees the file after each commit. */
    @FunctionalInterface
    interface Observer {
        void committed(long commits, Path file) throws Exception;
    }

    private final Path file;
    private final int pageSize;
    private final Observer observer;
    private final List<Commit> offered = new ArrayList<>();
    private Map<Long, byte[]> pages = new HashMap<>();
    private WalPosition position;
    private long commits;

    private record Commit(Map<Long, byte[]> pages, long pageCount) {}

    /** @param base a copy of the database as it was when the follower began, all of it in one file */
    RebuiltDatabase(Path base, Path file, int pageSize, Observer observer) throws IOException {
        Files.copy(base, file, StandardCopyOption.REPLACE_EXISTING);
        this.file = file;
        this.pageSize = pageSize;
        this.observer = observer;
    }

    long commits() {
        return commits;
    }

    WalPosition position() {
        return position;
    }

    @Override
    public void page(long number, ByteBuffer content) {
        var bytes = new byte[content.remaining()];
        content.get(bytes);
        pages.put(number, bytes);
    }

    @Override
    public void commit(long pageCount) {
        offered.add(new Commit(pages, pageCount));
        pages = new HashMap<>();
    }

    @Override
    public void durable(WalPosition reached) {
        if (!pages.isEmpty()) {
            throw new AssertionError("the last transaction has no commit");
        }
        offered.forEach(this::apply);
        offered.clear();
        position = reached;
    }

    private void apply(Commit commit) {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (var page : commit.pages().entrySet()) {
                if (page.getKey() <= commit.pageCount()) {
                    channel.write(ByteBuffer.wrap(page.getValue()), (page.getKey() - 1) * pageSize);
                }
            }
            channel.truncate(commit.pageCount() * pageSize);
            commits++;
            observer.committed(commits, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void undo() {
        offered.clear();
        pages.clear();
    }
}
