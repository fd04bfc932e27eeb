package dev.afterimage.repository;

import dev.afterimage.storage.FarStorage;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.Rate;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.local.LocalStorage;
import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.s3.S3Storage;
import dev.afterimage.storage.sftp.SftpSettings;
import dev.afterimage.storage.sftp.SftpStorage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Storages by where they lie. */
public final class Storages {

    private Storages() {}

    /**
     * A certain storage, wherever it is now. Does nothing yet.
     *
     * @param s3 how to reach it, where it is a bucket
     * @param sftp how to reach it, where it is a server's directory
     * @param unsent a directory on this machine for what is not sent yet, where the storage is on another
     * @param quotaBytes the most that objects and unfinished objects may take together; 0 for no limit
     * @param expected its identity, asked for again and again; while it is none, the storage is away; null where any will do
     */
    public static Storage open(
            Location location,
            S3Settings s3,
            SftpSettings sftp,
            Path unsent,
            long quotaBytes,
            @Nullable Supplier<Optional<UUID>> expected) {
        return open(location, s3, sftp, unsent, quotaBytes, Rate.UNLIMITED, expected);
    }

    /**
     * The same of one to which no more bytes a second are sent.
     *
     * @param rate of what is sent to another machine
     */
    public static Storage open(
            Location location,
            S3Settings s3,
            SftpSettings sftp,
            Path unsent,
            long quotaBytes,
            Rate rate,
            @Nullable Supplier<Optional<UUID>> expected) {
        return switch (location) {
            case Location.Directory(Path path) -> new LocalStorage(path, quotaBytes, expected);
            case Location.Bucket bucket -> limited(new S3Storage(bucket, s3, unsent, quotaBytes, expected), rate);
            case Location.Server server -> limited(new SftpStorage(server, sftp, unsent, quotaBytes, expected), rate);
        };
    }

    private static Storage limited(FarStorage storage, Rate rate) {
        storage.sendAt(rate);
        return storage;
    }
}
