package dev.afterimage.storage.local;

import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Presence;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageKeys;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Which objects there are below a directory, and where. What only looks as if it were not there is never said to be missing. */
final class ObjectTree {

    /** So that a directory that is a link has the same content for a listing as for who opens an object in it. */
    private static final Set<FileVisitOption> LINKS = Set.of(FileVisitOption.FOLLOW_LINKS);

    private final Path root;
    private final Presence presence;

    ObjectTree(Path root, Presence presence) {
        this.root = root;
        this.presence = presence;
    }

    Path path(String key) {
        return root.resolve(StorageKeys.requireKey(key));
    }

    private String key(Path path) {
        return root.relativize(path).toString().replace('\\', '/');
    }

    private Path directory(String prefix) {
        return root.resolve(StorageKeys.requirePrefix(prefix));
    }

    /** By key; see {@link Storage#list}. */
    List<ObjectInfo> objects(String prefix) {
        var objects = new ArrayList<ObjectInfo>();
        walk(prefix, Integer.MAX_VALUE, (path, attributes) -> {
            if (attributes.isRegularFile()) {
                objects.add(new ObjectInfo(key(path), attributes.size()));
            }
        });
        objects.sort(Comparator.comparing(ObjectInfo::key));
        return objects;
    }

    /** See {@link Storage#folders}. */
    List<String> folders(String prefix) {
        var folders = new ArrayList<String>();
        walk(prefix, 1, (path, attributes) -> {
            if (attributes.isDirectory() && !isKnownToBeEmpty(path)) {
                folders.add(path.getFileName().toString());
            }
        });
        folders.sort(Comparator.naturalOrder());
        return folders;
    }

    private static boolean isKnownToBeEmpty(Path directory) {
        try (var entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        } catch (IOException | DirectoryIteratorException e) { // who looks into it is told why not
            return false;
        }
    }

    /** Whether it is there, be it empty. What a link leads to that is not there, may be there. */
    private boolean hasFolder(String prefix) {
        Path directory = directory(prefix);
        try {
            return Files.readAttributes(directory, BasicFileAttributes.class).isDirectory();
        } catch (NoSuchFileException e) {
            if (leadsNowhere(directory)) {
                throw presence.writing(e, "Listing " + prefix);
            }
            presence.require();
            return false;
        } catch (IOException e) {
            throw presence.writing(e, "Listing " + prefix);
        }
    }

    /** Whether a directory on the way to it is a link to what is not there: a disk that is not mounted. */
    private boolean leadsNowhere(Path path) {
        for (Path part = path; part != null && !part.equals(root); part = part.getParent()) {
            if (Files.isSymbolicLink(part) && !Files.exists(part)) {
                return true;
            }
        }
        return false;
    }

    /** What it means that an object cannot be read. */
    StorageException reading(Path path, IOException cause, String doing) {
        return leadsNowhere(path) ? presence.writing(cause, doing) : presence.reading(cause, doing);
    }

    private void walk(String prefix, int depth, Visitor visitor) {
        if (!hasFolder(prefix)) {
            return;
        }
        try {
            Files.walkFileTree(directory(prefix), LINKS, depth, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                    if (StorageKeys.isKey(key(path))) {
                        visitor.visit(path, attributes);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException || isForeign(path)) {
                        return FileVisitResult.CONTINUE; // deleted while we walked, or such as lost+found
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw presence.writing(e, "Listing " + prefix);
        }
        presence.require(); // else what went away meanwhile would be as if it had never been there
    }

    private boolean isForeign(Path path) {
        return !StorageKeys.isKey(key(path)) && !StorageKeys.FOLDERS.contains(key(path) + "/");
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(Path path, BasicFileAttributes attributes) throws IOException;
    }
}
