package dev.afterimage.restore;

import dev.afterimage.bytes.Disk;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Space that something will take.
 *
 * @param usableBytes what the file system of the directory has left for this service
 */
public record Room(Path directory, long neededBytes, long usableBytes) {

    /** @throws TargetException.Unwritable when the directory cannot be looked at */
    static Room in(Path directory, long neededBytes) {
        try {
            return new Room(directory, neededBytes, Disk.usableBytes(directory));
        } catch (IOException e) {
            throw new TargetException.Unwritable(directory, e);
        }
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_FULL when there is less than needed */
    void requireEnough() {
        requireEnough(List.of(this));
    }

    /**
     * Of rooms that are needed at the same time.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL when a file system has less than is needed in all its directories together
     */
    static void requireEnough(List<Room> rooms) {
        rooms.stream()
                .collect(Collectors.groupingBy(Room::fileSystem, LinkedHashMap::new, Collectors.toList()))
                .values()
                .forEach(Room::requireEnoughTogether);
    }

    private static void requireEnoughTogether(List<Room> sharing) {
        long needed = sharing.stream().mapToLong(Room::neededBytes).sum();
        long usable = sharing.getFirst().usableBytes();
        if (usable < needed) {
            var directories =
                    sharing.stream().map(room -> room.directory().toString()).collect(Collectors.joining(" and "));
            throw new TargetException(Problem.of(
                    ProblemCode.STORAGE_FULL,
                    "%s: %d bytes are needed, %d are free".formatted(directories, needed, usable)));
        }
    }

    private Object fileSystem() {
        try {
            return Disk.of(directory);
        } catch (IOException e) {
            throw new TargetException.Unwritable(directory, e);
        }
    }
}
