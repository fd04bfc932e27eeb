package dev.afterimage.cli;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.Location;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The command line as its users see it. */
@Command(
        name = "afterimage",
        description = "Backs up live SQLite databases. Without a command, or with Spring's options such as "
                + "--server.port=8080, the service is started. The commands below need no service: they read a repository "
                + "and change nothing in it but its keys, also while a service uses it.",
        subcommands = {KeyCommands.class, Recovery.class, CommandLine.HelpCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed, or not all could be read; standard error says why",
            "2:the command line makes no sense"
        })
public final class Commands {

    private static final String DATABASE = "Name of the database when it was last backed up, or its id.";

    /** Spring's options begin with two hyphens and are all that the service takes; everything else is meant for a command. */
    public static boolean areMeantBy(String[] arguments) {
        for (var argument : arguments) {
            if (!argument.startsWith("--") || argument.equals("--help") || argument.equals("--version")) {
                return true;
            }
        }
        return false;
    }

    /** Runs the command on the caller's thread, and returns the exit code for the process. */
    public static int run(String[] arguments) {
        // A library that logs would have the service's logging started first, with Spring's part of it.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN"); // else it tells on standard error that it was set
        return new CommandLine(new Commands())
                .registerConverter(SnapshotChoice.class, converter(SnapshotChoice::new))
                .registerConverter(Location.class, converter(Location::parse))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(Commands::tellFailure)
                .execute(arguments);
    }

    /** Of this build. */
    public static String version() {
        return Version.number();
    }

    /** The hints of problems speak of the API, so they are not told here. */
    private static int tellFailure(Exception failure, CommandLine command, ParseResult arguments) {
        var err = command.getErr();
        if (failure instanceof ProblemException problem) {
            err.printf("%s: %s: %s%n", command.getCommandName(), problem.code(), problem.getMessage());
        } else if (!(failure instanceof CancellationException)) { // that was the user's wish
            failure.printStackTrace(err); // a defect, and then this is what its report needs
        }
        err.flush();
        return ExitCode.SOFTWARE;
    }

    private static <T> ITypeConverter<T> converter(Function<String, T> parse) {
        return text -> {
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        };
    }

    @Command(name = "extract", description = "Restores a snapshot to a new file; proves every byte of it on the way.")
    int extract(
            @Mixin RepositoryOptions options,
            @Option(names = "--database", required = true, paramLabel = "NAME", description = DATABASE) String database,
            @Option(
                            names = "--snapshot",
                            paramLabel = "ID",
                            defaultValue = SnapshotChoice.LATEST,
                            description = "Id of the snapshot, or the first 8 or more characters of it; "
                                    + "latest for the newest. Default: ${DEFAULT-VALUE}")
                    SnapshotChoice snapshot,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "FILE",
                            description =
                                    "The new file. It must not exist, nor a -wal, -shm or -journal of it; it gets "
                                            + "its name when it is complete and synced, and only its owner may read it.")
                    Path file,
            @Option(
                            names = "--check",
                            paramLabel = "LEVEL",
                            defaultValue = "quick",
                            description = {
                                "What SQLite checks before the file gets its name:",
                                "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}"
                            })
                    FileCheck check) {
        var extracted = new Extraction(options.repository(), database, snapshot, file, check).run(messages());
        extracted.print(standardOutput());
        return ExitCode.OK;
    }

    @Command(name = "list", description = "Lists the snapshots of a repository, newest first.")
    int list(
            @Mixin RepositoryOptions options,
            @Option(names = "--database", paramLabel = "NAME", description = DATABASE + " Default: all.") @Nullable
                    String database,
            @Option(names = "--json", description = "One JSON object a line, sizes in bytes.") boolean json) {
        boolean complete = new Contents(options.repository(), database, json).print(standardOutput(), messages());
        return complete ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    static PrintWriter standardOutput() {
        return new PrintWriter(System.out, true, System.out.charset());
    }

    static Messages messages() {
        return new Messages(new PrintWriter(System.err, true, System.err.charset()));
    }

    private Commands() {}
}
