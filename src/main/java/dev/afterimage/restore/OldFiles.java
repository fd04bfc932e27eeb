package dev.afterimage.restore;

import dev.afterimage.sqlite.replace.TargetDirectory;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The database file that is replaced and what SQLite keeps beside it, on their way into a folder. They belong together: a
 * database with the WAL of another, or without its own hot journal, is damaged. So the companions have two names until the
 * database has left, and there is never a database beside a companion that is not its own, nor one without its own.
 *
 * @param directory where the database was, under that name
 * @param folder where they are kept, in the same directory
 */
record OldFiles(TargetDirectory directory, String name, ReplacedFolder folder) {

    /** Gives the companions a second name in the folder. Nothing that a connection could see has changed. */
    void linkCompanions() throws IOException {
        for (var companion : NewFile.COMPANIONS) {
            if (directory.has(name + companion)) {
                link(place(companion), kept(companion));
            }
        }
        folder.files().sync();
    }

    /** Takes the database away. Who opens it from here on finds no file; who may create one begins an empty database. */
    void moveDatabase() throws IOException {
        move(place(""), kept(""));
        folder.files().sync();
        directory.sync();
    }

    /** Removes the companions' first names. On a file system without links they have only one, and are moved. */
    void removeCompanions() throws IOException {
        for (var companion : NewFile.COMPANIONS) {
            if (isKept(companion)) {
                Files.deleteIfExists(place(companion));
            } else if (directory.has(name + companion)) {
                move(place(companion), kept(companion));
            }
        }
        folder.files().sync();
        directory.sync();
    }

    /** Whether the database has left its place for the folder. */
    boolean databaseHasLeft() throws IOException {
        return isKept("") && !isInBoth("");
    }

    /** Whether the database and what belongs to it have their own names, be it that they have others too. */
    boolean areInPlace() throws IOException {
        if (databaseHasLeft()) {
            return false;
        }
        for (var companion : NewFile.COMPANIONS) {
            if (isKept(companion) && !isInBoth(companion)) {
                return false;
            }
        }
        return true;
    }

    /** By which to look who has it open. */
    Path database() throws IOException {
        return kept("");
    }

    /**
     * Undoes all of it, whatever of it was done: first the companions, which harm nobody without the database.
     *
     * @return what could not be made to survive a power failure; empty if all could
     * @throws FileAlreadyExistsException if there is a new file where the database was
     */
    List<IOException> putBack() throws IOException {
        var unsynced = new ArrayList<IOException>();
        if (databaseHasLeft()) {
            if (directory.has(name)) {
                throw new FileAlreadyExistsException(
                        directory.path().resolve(name).toString());
            }
            for (var companion : NewFile.COMPANIONS) {
                giveBack(companion);
            }
            sync(unsynced); // dying here leaves the companions alone, as they were after the database had left
            giveBack("");
            sync(unsynced);
        }
        for (var companion : NewFile.COMPANIONS) {
            Files.deleteIfExists(kept(companion));
        }
        Files.deleteIfExists(kept(""));
        return unsynced;
    }

    /** What cannot be synced must not keep the files from their places. */
    private void sync(List<IOException> unsynced) {
        try {
            directory.sync();
        } catch (IOException e) {
            unsynced.add(e);
        }
    }

    private void giveBack(String companion) throws IOException {
        if (isKept(companion) && !directory.has(name + companion)) {
            link(kept(companion), place(companion));
            if (!directory.has(name + companion)) {
                move(kept(companion), place(companion));
            }
        }
    }

    /**
     * What {@link #putBack} does, for a shell: nothing of it overwrites anything. The companions come first, so that the database is
     * never without them.
     */
    List<String> commandsToPutBack() throws IOException {
        var commands = new ArrayList<String>();
        for (var companion : NewFile.COMPANIONS) {
            commandFor(companion, commands);
        }
        commandFor("", commands);
        return commands;
    }

    private void commandFor(String companion, List<String> commands) throws IOException {
        var kept = folder.path().resolve(name + companion);
        if (isInBoth(companion)) {
            commands.add(Shell.remove(kept)); // its other name is the right one
        } else if (isKept(companion)) {
            commands.add(Shell.move(kept, directory.path().resolve(name + companion)));
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

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private boolean isKept(String companion) throws IOException {
        return folder.files().has(name + companion);
    }

    private boolean isInBoth(String companion) throws IOException {
        var kept = folder.files().identity(name + companion);
        return kept != null && kept.equals(directory.identity(name + companion));
    }

    private Path place(String companion) {
        return directory.at(name + companion);
    }

    private Path kept(String companion) throws IOException {
        return folder.files().at(name + companion);
    }
}
