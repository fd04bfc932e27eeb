package dev.afterimage.cli;

import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.WrappedKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What opens a sealed repository, from the command line. */
@Command(
        name = "keys",
        description = "Lists, adds and removes what opens a sealed repository, also while a service uses it.",
        synopsisSubcommandLabel = "COMMAND")
final class KeyCommands {

    @Spec
    private @Nullable CommandSpec spec;

    /** What a new key is to be opened by. */
    static final class NewKey {

        @Option(
                names = "--new-passphrase-file",
                paramLabel = "FILE",
                description =
                        "A file with the new passphrase, at least 8 characters; a line end at its end is no part of it.")
        private @Nullable Path passphraseFile;

        @Option(
                names = "--new-key-file",
                paramLabel = "FILE",
                description = "A key file that is made, and must not exist: 64 digits, to be printed for a safe.")
        private @Nullable Path keyFile;

        Secret secret(CommandSpec spec) {
            if (passphraseFile != null) {
                return Secret.passphraseFile(passphraseFile);
            }
            try {
                return Secret.newKeyFile(Objects.requireNonNull(keyFile));
            } catch (FileAlreadyExistsException e) {
                throw new ParameterException(
                        spec.commandLine(), "There is a file %s already; it stays as it is".formatted(keyFile));
            } catch (IOException e) {
                throw new ParameterException(spec.commandLine(), "%s cannot be written: %s".formatted(keyFile, e));
            }
        }
    }

    @Command(name = "list", description = "Lists the keys, the oldest first. Nothing is opened for it.")
    int list(@Mixin RepositoryOptions options) {
        var out = Commands.standardOutput();
        for (var key : options.repository().openKeys().keys()) {
            print(out, key);
        }
        return ExitCode.OK;
    }

    @Command(
            name = "add",
            description = "Adds a key, and proves that it opens. With --replaces the other one is removed then.")
    int add(
            @Mixin RepositoryOptions options,
            @ArgGroup(multiplicity = "1") NewKey newKey,
            @Option(names = "--name", defaultValue = "", description = "What people call it.") String name,
            @Option(names = "--replaces", paramLabel = "ID", description = "The key in whose place it comes.") @Nullable
                    UUID replaces) {
        try (var repository = options.repository()) {
            var vault = repository.openKeys();
            vault.codec(); // before a key file is made for nothing
            if (replaces != null) {
                vault.requireKey(replaces);
            }
            var secret = newKey.secret(Objects.requireNonNull(spec));
            var key = vault.addKey(secret, name);
            if (replaces != null) {
                repository.openKeys(secret).removeKey(replaces);
            }
            print(Commands.standardOutput(), key);
            return ExitCode.OK;
        }
    }

    @Command(name = "remove", description = "Removes a key. Not the one that opens the repository for this command.")
    int remove(@Mixin RepositoryOptions options, @Parameters(paramLabel = "ID") UUID id) {
        options.repository().openKeys().removeKey(id);
        return ExitCode.OK;
    }

    private static void print(PrintWriter out, WrappedKey key) {
        out.printf("%s  %-10s  %s  %s%n", key.id(), key.method(), key.createdAt(), Printable.of(key.name()));
    }
}
