package dev.afterimage.content;

import dev.afterimage.sqlite.OtherProcess;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/** Dumps a database with the small heap that {@link OtherProcess} gives, and prints how many bytes it has. */
final class DumpingProcess {

    public static void main(String[] arguments) throws Exception {
        var counting = new OutputStream() {
            private long bytes;

            @Override
            public void write(int b) {
                bytes++;
            }

            @Override
            public void write(byte[] b, int from, int length) {
                bytes += length;
            }
        };
        try (var out = new BufferedOutputStream(counting)) {
            SqlDump.write(Path.of(arguments[0]), out);
        }
        System.out.println(counting.bytes);
    }

    private DumpingProcess() {}
}
