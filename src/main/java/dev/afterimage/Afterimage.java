package dev.afterimage;

import dev.afterimage.catalog.Node;
import dev.afterimage.demo.DemoWriter;
import dev.afterimage.repository.Repository;
import dev.afterimage.storage.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;

/** The service's entry point, and that of its sub-command {@code demo-writer FILE}. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Afterimage {

    static void main(String[] args) throws Exception {
        if (args.length == 2 && args[0].equals(DemoWriter.COMMAND)) {
            DemoWriter.run(Path.of(args[1]));
        } else {
            SpringApplication.run(Afterimage.class, args);
        }
    }

    @Bean
    Repository repository(Node node, StorageSettings settings, Clock clock) {
        var storage = new LocalStorage(node.repository(), settings.quotaBytes());
        return new Repository(storage, settings.sweepGrace(), clock);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }
}
