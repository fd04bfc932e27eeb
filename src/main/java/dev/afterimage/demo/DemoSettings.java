package dev.afterimage.demo;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the demo takes place.
 *
 * @param directory {@code afterimage.demo.directory}, of the demo's databases; made when missing
 */
@ConfigurationProperties("afterimage.demo")
record DemoSettings(@DefaultValue("./afterimage-demo") Path directory) {

    DemoSettings {
        directory = directory.toAbsolutePath().normalize();
    }
}
