package dev.afterimage.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The database file that is replaced and what SQLite keeps beside it, on their way into a folder. They belong together: a
 * database with the WAL of another, or without its own hot journal, is damaged. So the companions have two names until the
 * database has left, and there is never a database beside a companion that is not its own, nor one without its own.
 *
 * @param target where the database was
 * @param folder where they are kept, in the same directory
 */
record OldFiles(Path target, Path folder) {

    private static final List<String> COMPANIONS = List.of("-journal", "-wal", "-shm");

    /** Gives the companions a second name in the folder. Nothing that a connection could see has changed. */
    void linkCompanions() throws IOException {
        for (var companion : COMPANIONS) {
            if (exists(beside(companion))) {
                link(beside(companion), kept(companion));
            }
        }
        sync(folder);
    }

    /** Takes the database away. Who opens it from here on finds no file; who may create one begins an empty database. */
    void moveDatabase() throws IOException {
        Files.move(target, kept(""), StandardCopyOption.ATOMIC_MOVE);
        sync(folder);
        sync(directory());
    }

    /** Removes the companions' first names. On a file system without links they have only one, and are moved. */
    void removeCompanions() throws IOException {
        for (var companion : COMPANIONS) {
            if (exists(kept(companion))) {
                Files.deleteIfExists(beside(companion));
            } else if (exists(beside(companion))) {
                Files.move(beside(companion), kept(companion), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        sync(folder);
        sync(directory());
    }

    /** Whether the database has left its place for the folder. */
    boolean databaseHasLeft() throws IOException {
        return exists(kept("")) && !(exists(target) && Files.isSameFile(kept(""), target));
    }

    Path database() {
        return kept("");
    }

    /**
     * Undoes all of it, whatever of it was done: first the companions, which harm nobody without the database.
     *
     * @throws FileAlreadyExistsException if there is a new file where the database was
     */
    void putBack() throws IOException {
        if (databaseHasLeft()) {
            if (exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            for (var companion : COMPANIONS) {
                giveBack(kept(companion), beside(companion));
            }
            sync(directory()); // dying here leaves the companions alone, as they were after the database had left
            giveBack(kept(""), target);
            sync(directory());
        }
        for (var companion : COMPANIONS) {
            Files.deleteIfExists(kept(companion));
        }
        Files.deleteIfExists(kept(""));
    }

    private static void giveBack(Path kept, Path place) throws IOException {
        if (exists(kept) && !exists(place)) {
            link(kept, place);
            if (!exists(place)) {
                Files.move(kept, place, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /** Does nothing where files cannot have two names. */
    private static void link(Path existing, Path name) throws IOException {
        try {
            Files.createLink(name, existing);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // Such as FAT: the one name is moved instead, when its turn comes.
        }
    }

    private Path beside(String companion) {
        return target.resolveSibling(target.getFileName() + companion);
    }

    private Path kept(String companion) {
        return folder.resolve(target.getFileName() + companion);
    }

    private Path directory() {
        return folder.resolveSibling(".").normalize();
    }

    static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
