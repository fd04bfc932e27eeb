package dev.afterimage.demo;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the demo takes place.
 *
 * @param directory {@code afterimage.demo.directory}, of the demo's databases; made when missing
 * @param adminToken {@code afterimage.demo.admin-token}: the file with which the demo calls the service
 */
@ConfigurationProperties("afterimage.demo")
record DemoSettings(
        @DefaultValue("./afterimage-demo") Path directory,
        @DefaultValue("./afterimage-demo/data/admin-token") Path adminToken) {

    DemoSettings {
        directory = directory.toAbsolutePath().normalize();
        adminToken = adminToken.toAbsolutePath().normalize();
    }
}
