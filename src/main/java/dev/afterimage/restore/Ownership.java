package dev.afterimage.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whose a database file is, and who may do what with it. */
record Ownership(UserPrincipal owner, GroupPrincipal group, Set<PosixFilePermission> mode) {

    Ownership {
        mode = Set.copyOf(mode);
    }

    /** Empty where there is no file, or files have no owners. */
    static Optional<Ownership> of(Path file) throws IOException {
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view == null) {
            return Optional.empty();
        }
        try {
            var attributes = view.readAttributes();
            return Optional.of(new Ownership(attributes.owner(), attributes.group(), attributes.permissions()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Gives a file of ours to the same owner and group, with the same mode. Only root may give files away; some file systems, such as FAT,
     * know no owners. Where it cannot be done the file stays as it is.
     *
     * @param file leads to the file that was written, whoever has its name
     * @param name that it will have
     * @return what the user should know
     */
    List<String> giveTo(Path file, Path name) {
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        try {
            var present = view.readAttributes();
            if (!present.owner().equals(owner) || !present.group().equals(group)) {
                view.setGroup(group);
                view.setOwner(owner);
            }
            view.setPermissions(mode);
            return List.of();
        } catch (IOException e) {
            return List.of(
                    "The new file could not be given to %s:%s with mode %s. See that its application may use it: %s"
                            .formatted(owner, group, PosixFilePermissions.toString(mode), commandFor(name)));
        }
    }

    private String commandFor(Path name) {
        var word = Shell.word(name);
        return "chown %s:%s %s && chmod %s %s".formatted(owner, group, word, octal(), word);
    }

    private String octal() {
        int bits = 0;
        for (var permission : PosixFilePermission.values()) {
            bits = bits << 1 | (mode.contains(permission) ? 1 : 0);
        }
        return "%03o".formatted(bits);
    }
}
