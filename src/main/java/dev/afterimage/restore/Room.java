package dev.afterimage.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Space that something will take.
 *
 * @param usableBytes what the file system of the directory has left for this service
 */
public record Room(Path directory, long neededBytes, long usableBytes) {

    /** @throws TargetException.Unwritable when the directory cannot be looked at */
    static Room in(Path directory, long neededBytes) {
        try {
            return new Room(
                    directory, neededBytes, Files.getFileStore(directory).getUsableSpace());
        } catch (IOException e) {
            throw new TargetException.Unwritable(directory, e);
        }
    }

    /** @throws TargetException.Full when there is less than needed */
    void requireEnough() {
        if (usableBytes < neededBytes) {
            throw new TargetException.Full(directory, neededBytes, usableBytes);
        }
    }
}
