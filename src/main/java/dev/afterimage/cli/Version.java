package dev.afterimage.cli;

import java.io.IOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, as the build wrote it beside the classes. */
final class Version implements IVersionProvider {

    private static final String NONE = "unknown";

    @Override
    public String[] getVersion() {
        return new String[] {"afterimage " + number()};
    }

    static String number() {
        try (var file = Version.class.getResourceAsStream("/META-INF/build-info.properties")) {
            var build = new Properties();
            if (file != null) {
                build.load(file);
            }
            return build.getProperty("build.version", NONE);
        } catch (IOException e) {
            return NONE;
        }
    }
}
