package dev.afterimage.storage.sftp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** Directories of a server, and what they are known to have. */
final class SftpFolders {

    /** What a directory has, links followed. */
    record Entry(String name, boolean isDirectory, boolean isFile, long bytes) {}

    private final SftpConnection connection;
    private final Set<String> made = ConcurrentHashMap.newKeySet();

    SftpFolders(SftpConnection connection) {
        this.connection = connection;
    }

    /** Makes all directories in which an object with such a key lies, where they are not known to be there. */
    void makeFor(String key) throws IOException {
        make(parent(connection.name(key)));
    }

    void forget() {
        made.clear();
    }

    private void make(String directory) throws IOException {
        if (directory.isEmpty() || directory.equals("/") || made.contains(directory)) {
            return;
        }
        if (!isDirectory(directory)) {
            make(parent(directory));
            try {
                connection.ask(channel -> {
                    channel.files().mkdir(directory);
                    return true;
                });
            } catch (SftpException e) {
                if (!isDirectory(directory)) { // else another has made it, whatever the code says
                    throw e;
                }
            }
        }
        made.add(directory);
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : slash == 0 ? "/" : path.substring(0, slash);
    }

    private boolean isDirectory(String path) throws IOException {
        try {
            return connection.ask(channel -> channel.files().stat(path)).isDirectory();
        } catch (SftpException e) {
            if (SftpConnection.isNone(e)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * What is in a directory.
     *
     * @param prefix empty, or ends in {@code /}
     * @throws SftpException that there is none of the name, too
     */
    List<Entry> read(String prefix) throws IOException {
        var path = connection.name(prefix.substring(0, prefix.length() - 1));
        return connection.ask(channel -> {
            var entries = new ArrayList<Entry>();
            try (var directory = channel.files().openDir(path)) {
                for (var some = channel.files().readDir(directory);
                        some != null;
                        some = channel.files().readDir(directory)) {
                    for (var entry : some) {
                        if (!entry.getFilename().equals(".")
                                && !entry.getFilename().equals("..")) {
                            entries.add(follow(channel.files(), path, entry));
                        }
                    }
                }
            }
            return entries;
        });
    }

    private static Entry follow(SftpClient files, String directory, DirEntry entry) throws IOException {
        var attributes = entry.getAttributes();
        boolean isKnown = attributes.isDirectory()
                || (attributes.isRegularFile() && attributes.getFlags().contains(SftpClient.Attribute.Size));
        return entry(entry.getFilename(), isKnown ? attributes : stat(files, directory, entry));
    }

    /** What a link leads to that is not there is neither; so is what was deleted meanwhile. */
    private static Attributes stat(SftpClient files, String directory, DirEntry entry) throws IOException {
        try {
            return files.stat(directory + "/" + entry.getFilename());
        } catch (SftpException e) {
            if (SftpConnection.isNone(e)) {
                return entry.getAttributes();
            }
            throw e;
        }
    }

    private static Entry entry(String name, Attributes attributes) {
        return new Entry(name, attributes.isDirectory(), attributes.isRegularFile(), attributes.getSize());
    }

    /** Whether a directory on the way to an object is a link to what is not there: a disk that is not mounted. */
    boolean leadsNowhere(String key) throws IOException {
        for (int slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
            var path = connection.name(key.substring(0, slash));
            try {
                int type =
                        connection.ask(channel -> channel.files().lstat(path)).getType();
                if (type == SftpConstants.SSH_FILEXFER_TYPE_SYMLINK && !isDirectory(path)) {
                    return true;
                }
            } catch (SftpException e) {
                if (SftpConnection.isNone(e)) {
                    return false;
                }
                throw e;
            }
        }
        return false;
    }
}
