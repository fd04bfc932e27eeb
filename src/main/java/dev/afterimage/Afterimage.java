package dev.afterimage;

import dev.afterimage.catalog.Node;
import dev.afterimage.repository.Repository;
import dev.afterimage.storage.LocalStorage;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;

/** The service's entry point. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Afterimage {

    static void main(String[] args) {
        SpringApplication.run(Afterimage.class, args);
    }

    @Bean
    Repository repository(Node node, StorageSettings settings) {
        return new Repository(new LocalStorage(node.repository(), settings.quotaBytes()));
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }
}
