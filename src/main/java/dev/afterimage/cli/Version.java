package dev.afterimage.cli;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, as the build wrote it beside the classes. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() throws IOException {
        try (var file = Version.class.getResourceAsStream("/META-INF/build-info.properties")) {
            var build = new Properties();
            if (file != null) {
                build.load(file);
            }
            return new String[] {"afterimage " + build.getProperty("build.version", "of a build without a version")};
        }
    }
}
