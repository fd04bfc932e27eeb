package dev.afterimage.repository.lease;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.PageArrays;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Storages;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.s3.S3Settings;
import dev.afterimage.storage.sftp.SftpSettings;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A service's part that writes to a repository, in a process of its own. It does what it is told line by line, and says what came of it. */
final class HoldProcess {

    private HoldProcess() {}

    /** @param arguments location, id of the repository, id of the home, a directory of its own, and the endpoint with its keys for a bucket */
    public static void main(String[] arguments) throws Exception {
        var place = place(arguments);
        var hold = new Hold(
                place, UUID.fromString(arguments[2]), "host-2", "1.2.3", Duration.ofNanos(1), Clock.systemUTC());
        var repository = new Repository(new Vault(hold.storage(), Clock.systemUTC()), Clock.systemUTC());
        System.out.println("ready");
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            var word = line.split(" ");
            try {
                switch (word[0]) {
                    case "look" -> {
                        hold.look();
                        System.out.println(hold.isOurs() ? "ours" : "held");
                    }
                    case "save" -> System.out.println(save(repository));
                    case "save-on" -> {
                        while (true) {
                            System.out.println(save(repository));
                        }
                    }
                    case "delete" -> {
                        repository.delete(NewSnapshots.DATABASE, List.of(UUID.fromString(word[1])));
                        System.out.println("deleted");
                    }
                    default -> throw new IllegalArgumentException(line);
                }
            } catch (ProblemException e) {
                System.out.println(e.code());
            }
        }
    }

    private static UUID save(Repository repository) {
        try (var writer = repository.begin(NewSnapshots.DATABASE, null)) {
            writer.add(PageArrays.of(4096, 50, 1), PageProgress.NONE);
            return writer.publish(NewSnapshots.any()).id();
        }
    }

    private static Storage place(String... arguments) {
        var s3 = arguments.length == 4
                ? S3Settings.NONE
                : new S3Settings(
                        URI.create(arguments[4]),
                        "us-east-1",
                        true,
                        arguments[5],
                        arguments[6],
                        null,
                        null,
                        null,
                        null,
                        null,
                        null);
        var id = UUID.fromString(arguments[1]);
        return Storages.open(
                Location.parse(arguments[0]), s3, SftpSettings.NONE, Path.of(arguments[3]), 0, () -> Optional.of(id));
    }
}
