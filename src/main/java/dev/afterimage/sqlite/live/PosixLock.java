package dev.afterimage.sqlite.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A line of <a href="https://man7.org/linux/man-pages/man5/proc_locks.5.html">/proc/locks</a>, such as
 * {@code 1: POSIX  ADVISORY  WRITE 4711 08:01:131 1073741824 1073742335}.
 *
 * @param write whether it excludes others; else it is shared with other readers
 * @param device major and minor number in hexadecimal, as the line has it
 * @param first byte that is locked
 * @param last byte that is locked
 */
record PosixLock(long pid, boolean write, String device, long inode, long first, long last) {

    private static final Path LOCKS = Path.of("/proc/locks");

    /** A waiting lock ({@code 1: -> POSIX}) does not match: it is not held. */
    private static final Pattern LINE = Pattern.compile(
            "\\d+: POSIX +\\S+ +(READ|WRITE) +(\\d+)" + " +(\\p{XDigit}+:\\p{XDigit}+):(\\d+) +(\\d+) +(\\d+|EOF)");

    /** All that this system shows, of all files; none where there is no /proc/locks. */
    static List<PosixLock> all() {
        try (var lines = Files.lines(LOCKS)) {
            return lines.flatMap(line -> parse(line).stream()).toList();
        } catch (IOException e) {
            // Another operating system, or one that hides it: nothing is known.
            return List.of();
        }
    }

    /** Reads one line; empty for locks of other kinds, which SQLite does not use. */
    static Optional<PosixLock> parse(String line) {
        var matcher = LINE.matcher(line.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var last = matcher.group(6);
        return Optional.of(new PosixLock(
                Long.parseLong(matcher.group(2)),
                matcher.group(1).equals("WRITE"),
                matcher.group(3),
                Long.parseLong(matcher.group(4)),
                Long.parseLong(matcher.group(5)),
                last.equals("EOF") ? Long.MAX_VALUE : Long.parseLong(last)));
    }

    boolean covers(long lockedByte) {
        return first <= lockedByte && lockedByte <= last;
    }
}
