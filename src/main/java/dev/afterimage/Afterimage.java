package dev.afterimage;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.databases.DatabaseRoots;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.cli.Commands;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.CopySettings;
import dev.afterimage.demo.DemoWriter;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Storages;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Location;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ScheduledTasksObservationAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.logging.otlp.OtlpLoggingAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.PersistenceExceptionTranslationAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** The entry point: of the service, of the commands that need none, and of the demo's {@code demo-writer FILE}. */
@SpringBootApplication(
        exclude = {
            UserDetailsServiceAutoConfiguration.class, // callers have tokens, not passwords
            AopAutoConfiguration.class, // nothing has aspects, and each bean would be asked for them
            PersistenceExceptionTranslationAutoConfiguration.class,
            TransactionAutoConfiguration.class, // Catalog has its own template
            TransactionManagerCustomizationAutoConfiguration.class,
            ValidationAutoConfiguration.class, // of methods by aspects; requests and settings are validated without it
            DataSourceInitializationAutoConfiguration.class, // Flyway does that
            JdbcClientAutoConfiguration.class, // Catalog has two of its own
            JdbcTemplateAutoConfiguration.class,
            OtlpLoggingAutoConfiguration.class, // logs go to the console
            ScheduledTasksObservationAutoConfiguration.class, // PeriodicWork has threads of its own
            TaskSchedulingAutoConfiguration.class,
        },
        proxyBeanMethods = false) // what would be generated for that, no two builds make alike
@ConfigurationPropertiesScan
public class Afterimage {

    private static final long INDEX_CACHE_BYTES = 1L << 30;

    static void main(String[] args) throws Exception {
        if (args.length == 2 && args[0].equals(DemoWriter.COMMAND)) {
            DemoWriter.run(Path.of(args[1]));
        } else if (Commands.areMeantBy(args)) {
            System.exit(Commands.run(args));
        } else {
            var service = new SpringApplication(Afterimage.class);
            service.addListeners(new PreparedBeans());
            service.run(args);
        }
    }

    @Bean
    Hold hold(Node node, StorageSettings storage, RepositorySettings repository, Adoptions adoptions, Clock clock) {
        var place = Storages.open(
                Location.parse(node.repository()),
                repository.s3(),
                repository.sftp(),
                node.unsent(),
                storage.quotaBytes(),
                adoptions::current);
        return new Hold(place, node.id(), node.name(), Commands.version(), repository.leaseLook(), clock);
    }

    @Bean
    Vault vault(Hold hold, RepositorySettings repository, DatabaseRoots roots, Copies copies, Clock clock) {
        repository.requireOutside(roots);
        return new Vault(hold.storage(), repository::secret, copies.readable(repository::secret, clock), clock);
    }

    @Bean
    Copies copies(
            CopySettings settings, RepositorySettings repository, Node node, Adoptions adoptions, DatabaseRoots roots) {
        return new Copies(settings, node, repository.s3(), adoptions, roots);
    }

    @Bean
    Repository repository(Vault vault, Node node, StorageSettings settings, Snapshots snapshots, Clock clock) {
        var indexes =
                vault.storage().isNear() ? IndexCache.none() : IndexCache.in(node.layerIndexes(), INDEX_CACHE_BYTES);
        return new Repository(vault, indexes, settings.deleteGrace(), snapshots::present, clock);
    }

    @Bean
    Segments segments(Vault vault) {
        return new Segments(vault);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }
}
