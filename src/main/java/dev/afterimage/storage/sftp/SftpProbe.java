package dev.afterimage.storage.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.common.SftpException;

/**
 * Whether a server refuses to rename a file to a name that is taken. Some overwrite, and some look first and then overwrite; so it is tried, with
 * small files in {@code tmp/} that are deleted.
 */
final class SftpProbe {

    private static final int AT_ONCE = 16;

    private final SftpConnection connection;
    private final SftpFolders folders;
    private final SftpUploads uploads;

    SftpProbe(SftpConnection connection, SftpFolders folders, SftpUploads uploads) {
        this.connection = connection;
        this.folders = folders;
        this.uploads = uploads;
    }

    /** @throws IOException when the server does not answer, or refuses what has nothing to do with it */
    boolean isAtomic() throws IOException, InterruptedException {
        folders.makeFor(SftpUploads.FOLDER + "x");
        return isAtomicInARow() && isAtomicInParallel() && hasLinks();
    }

    private boolean isAtomicInARow() throws IOException {
        try (var first = uploads.begin();
                var second = uploads.begin()) {
            write(first, "first");
            write(second, "second");
            rename(second, first);
            return isThere(second) && read(first).equals("first");
        }
    }

    private boolean isAtomicInParallel() throws IOException, InterruptedException {
        var racers = new ArrayList<SftpUploads.Upload>();
        try (var prize = uploads.begin();
                var threads = Executors.newFixedThreadPool(
                        AT_ONCE,
                        Thread.ofPlatform().name("sftp-probe-", 0).daemon().factory())) {
            for (int i = 0; i < AT_ONCE; i++) {
                racers.add(uploads.begin());
            }
            var racing = racers.stream()
                    .map(racer -> (Callable<Boolean>) () -> {
                        write(racer, racer.key());
                        rename(racer, prize);
                        return !isThere(racer);
                    })
                    .toList();
            var won = won(threads.invokeAll(racing));
            return won.size() == 1
                    && read(prize).equals(racers.get(won.getFirst()).key());
        } finally {
            close(racers);
        }
    }

    private static List<Integer> won(List<Future<Boolean>> racing) throws IOException, InterruptedException {
        var won = new ArrayList<Integer>();
        for (int i = 0; i < racing.size(); i++) {
            try {
                if (racing.get(i).get()) {
                    won.add(i);
                }
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
            }
        }
        return won;
    }

    private static void close(List<SftpUploads.Upload> uploads) throws IOException {
        for (var upload : uploads) {
            upload.close();
        }
    }

    /** Servers that offer links rename by them, at once; where the file system has none, they look first and then overwrite. */
    private boolean hasLinks() throws IOException {
        try (var file = uploads.begin();
                var second = uploads.begin()) {
            write(file, "file");
            return connection.once(channel -> {
                if (channel.links()) {
                    channel.link(connection.name(file.key()), connection.name(second.key()));
                }
                return true;
            });
        } catch (SftpException e) {
            return false;
        }
    }

    private void write(SftpUploads.Upload upload, String text) throws IOException {
        connection.once(channel -> {
            try (var handle = channel.files()
                    .open(connection.name(upload.key()), Set.of(OpenMode.Write, OpenMode.Create, OpenMode.Exclusive))) {
                channel.files().write(handle, 0, text.getBytes(UTF_8));
            }
            return true;
        });
    }

    /** Whatever the answer is: it is looked at what it has done. */
    private void rename(SftpUploads.Upload from, SftpUploads.Upload to) throws IOException {
        try {
            connection.once(channel -> {
                channel.files().rename(connection.name(from.key()), connection.name(to.key()));
                return true;
            });
        } catch (SftpException e) {
            return;
        }
    }

    private boolean isThere(SftpUploads.Upload upload) throws IOException {
        try {
            connection.ask(channel -> channel.files().stat(connection.name(upload.key())));
            return true;
        } catch (SftpException e) {
            if (SftpConnection.isNone(e)) {
                return false;
            }
            throw e;
        }
    }

    private String read(SftpUploads.Upload upload) throws IOException {
        return connection.ask(channel -> {
            try (var in = channel.files().read(connection.name(upload.key()))) {
                return new String(in.readAllBytes(), UTF_8);
            }
        });
    }
}
