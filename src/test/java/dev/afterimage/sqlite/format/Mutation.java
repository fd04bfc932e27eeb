package dev.afterimage.sqlite.format;

import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Changes a database, or what lies beside it, in places where a format has its numbers. The same seed makes the same file. */
public final class Mutation {

    private static final int[] HEADER_FIELDS = {16, 18, 19, 20, 21, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 92, 96};
    private static final long[] NUMBERS = {
        0, 1, 2, 3, 5, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000L, 0xffff_fffeL, 0xffff_ffffL
    };
    private static final byte[] SUPER_JOURNAL_MAGIC = {
        (byte) 0xd9, (byte) 0xd5, 0x05, (byte) 0xf9, 0x20, (byte) 0xa1, 0x63, (byte) 0xd7
    };

    private final SplittableRandom random;
    private final Path superJournal;

    /** @param superJournal a file that a journal may name */
    public Mutation(long seed, Path superJournal) {
        this.random = new SplittableRandom(seed);
        this.superJournal = superJournal;
    }

    public int choose(int bound) {
        return random.nextInt(bound);
    }

    public void of(Path database) {
        var beside = Files.exists(Beside.wal(database)) ? Beside.wal(database) : Beside.journal(database);
        boolean hasBeside = Files.exists(beside);
        for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
            if (hasBeside && random.nextBoolean()) {
                write(beside, besideChanged(read(beside), beside.toString().endsWith("-wal")));
            } else {
                write(database, changed(read(database)));
            }
        }
    }

    private byte[] changed(byte[] file) {
        if (file.length < 1024) {
            return file;
        }
        var bytes = ByteBuffer.wrap(file);
        int pageSize = Math.max(512, Short.toUnsignedInt(bytes.getShort(16)) & 0xfe00);
        pageSize = Math.min(pageSize, file.length);
        int pages = file.length / pageSize;
        int page = random.nextInt(pages) * pageSize;
        int header = page == 0 ? 100 : page;
        switch (random.nextInt(12)) {
            case 0, 1 -> put(bytes, HEADER_FIELDS[random.nextInt(HEADER_FIELDS.length)]);
            case 2 -> put(bytes, header + random.nextInt(12));
            case 3 -> put(bytes, header + 8 + 2 * random.nextInt(20));
            case 4 -> bytes.putInt(header + 8, 1 + random.nextInt(pages));
            case 5 -> System.arraycopy(file, random.nextInt(pages) * pageSize, file, page, pageSize);
            case 6 -> file[page + random.nextInt(pageSize)] = (byte) random.nextInt();
            case 7 -> put(bytes, page + random.nextInt(pageSize));
            case 8 -> bytes.putInt(32, 1 + random.nextInt(pages)).putInt(36, random.nextInt());
            case 9 -> changeSchema(file, pageSize);
            case 10 -> {
                return Arrays.copyOf(file, random.nextInt(file.length));
            }
            default -> file[page] = new byte[] {2, 5, 10, 13}[random.nextInt(4)];
        }
        return file;
    }

    private void changeSchema(byte[] file, int pageSize) {
        var words =
                new String[] {"table", "index", "CREATE", "account", "sqlite_", "UNIQUE", "WITHOUT", "abs", "entry"};
        var word = words[random.nextInt(words.length)].getBytes(StandardCharsets.US_ASCII);
        for (int at = random.nextInt(Math.min(4 * pageSize, file.length)); at + word.length < file.length; at++) {
            if (Arrays.equals(word, Arrays.copyOfRange(file, at, at + word.length))) {
                var other = words[random.nextInt(words.length)].getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(other, 0, file, at, Math.min(other.length, file.length - at));
                return;
            }
        }
    }

    private byte[] besideChanged(byte[] file, boolean wal) {
        if (file.length < 64) {
            return file;
        }
        var bytes = ByteBuffer.wrap(file);
        switch (random.nextInt(6)) {
            case 0 -> put(bytes, 4 * random.nextInt(8));
            case 1 -> put(bytes, random.nextInt(file.length - 8));
            case 2 -> file[random.nextInt(file.length)] = (byte) random.nextInt();
            case 3 -> {
                return Arrays.copyOf(file, random.nextInt(file.length));
            }
            case 4 -> {
                if (!wal) {
                    return namingSuperJournal(file);
                }
                put(bytes, 32 + random.nextInt(1 + (file.length - 64) / 536) * 536 + 4 * random.nextInt(6));
            }
            default -> put(bytes, Math.min(file.length - 8, 512 + random.nextInt(40)));
        }
        if (wal && random.nextInt(3) > 0) {
            proveAgain(bytes);
        }
        return file;
    }

    /** As a manipulator would, who can compute checksums. */
    private static void proveAgain(ByteBuffer wal) {
        var order = (wal.getInt(0) & 1) == 1 ? java.nio.ByteOrder.BIG_ENDIAN : java.nio.ByteOrder.LITTLE_ENDIAN;
        long checksum = WalChecksum.extend(WalChecksum.START, wal, 0, 24, order);
        wal.putLong(24, checksum);
        int frame = 24 + 512;
        for (int start = 32; start + frame <= wal.limit(); start += frame) {
            wal.putLong(start + 8, wal.getLong(16));
            checksum = WalChecksum.extend(checksum, wal, start, start + 8, order);
            checksum = WalChecksum.extend(checksum, wal, start + 24, start + frame, order);
            wal.putLong(start + 16, checksum);
        }
    }

    /** The <a href="https://www.sqlite.org/src/file/src/pager.c">end of a journal</a> that is part of a larger transaction. */
    private byte[] namingSuperJournal(byte[] journal) {
        var name = superJournal.toString().getBytes(StandardCharsets.UTF_8);
        int sum = 0;
        for (byte letter : name) {
            sum += letter;
        }
        return ByteBuffer.allocate(journal.length + 4 + name.length + 16)
                .put(journal)
                .putInt((1 << 30) / 512 + 1)
                .put(name)
                .putInt(name.length)
                .putInt(sum)
                .put(SUPER_JOURNAL_MAGIC)
                .array();
    }

    private void put(ByteBuffer bytes, int at) {
        if (at + 4 > bytes.limit()) {
            return;
        }
        long number = random.nextInt(4) == 0 ? random.nextInt() : NUMBERS[random.nextInt(NUMBERS.length)];
        switch (random.nextInt(3)) {
            case 0 -> bytes.put(at, (byte) number);
            case 1 -> bytes.putShort(at, (short) number);
            default -> bytes.putInt(at, (int) number);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
