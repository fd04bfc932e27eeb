package dev.afterimage.repository;

import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import dev.afterimage.storage.local.LocalStorage;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What it takes to open a snapshot of many layers, and to read one page of it, on a storage of which each answer takes a while: with nothing
 * kept of the layers' indexes, with all of them, and without a cache, one layer after the other. See bench/README.md.
 */
final class Far {

    private static final int PAGE_SIZE = 4096;
    private static final UUID DATABASE = UUID.randomUUID();

    /** A database in which a page is told by its number and its version. */
    private static final class Pages implements PageSource {

        private final int[] versions;
        private final byte[] page = new byte[PAGE_SIZE];
        private final Random random = new Random(7);

        Pages(int count) {
            versions = new int[count];
        }

        void change(int count, int version) {
            for (int i = 0; i < count; i++) {
                versions[1 + random.nextInt(versions.length - 1)] = version;
            }
        }

        @Override
        public int pageSize() {
            return PAGE_SIZE;
        }

        @Override
        public long pageCount() {
            return versions.length;
        }

        /** Half noise, half text: compresses as rows do. */
        @Override
        public void read(long firstPage, ByteBuffer buffer) {
            for (int number = (int) firstPage - 1; buffer.hasRemaining(); number++) {
                long state = (number * 1_000_003L + versions[number]) * 0x9E3779B97F4A7C15L | 1;
                Arrays.fill(page, PAGE_SIZE / 2, PAGE_SIZE, (byte) 'a');
                var noise = ByteBuffer.wrap(page, 0, PAGE_SIZE / 2);
                while (noise.hasRemaining()) {
                    state ^= state << 13;
                    state ^= state >>> 7;
                    state ^= state << 17;
                    noise.putLong(state);
                }
                if (number == 0) {
                    putHeader();
                }
                buffer.put(page);
            }
        }

        private void putHeader() {
            var header = ByteBuffer.wrap(page);
            header.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII)).putShort((short) PAGE_SIZE);
            header.put(18, (byte) 2).put(19, (byte) 2).putInt(24, 1).putInt(28, versions.length).putInt(92, 1);
        }
    }

    /** Each call of the storage, and each read of an object, takes as long as an answer over a network. */
    private static final class Latency {

        private final int millis;
        private final boolean keepsFar;
        private final AtomicLong calls = new AtomicLong();

        Latency(int millis, boolean keepsFar) {
            this.millis = millis;
            this.keepsFar = keepsFar;
        }

        Storage of(Storage storage) {
            return (Storage) Proxy.newProxyInstance(Far.class.getClassLoader(), new Class<?>[] {Storage.class}, (_, method, arguments) -> {
                boolean opensUnseen = method.getName().equals("open") && arguments.length == 2;
                if (method.getName().equals("isNear")) {
                    return !keepsFar;
                }
                if (!opensUnseen) {
                    pause();
                }
                var result = call(storage, method, arguments);
                return result instanceof StoredObject object ? of(object) : result;
            });
        }

        private StoredObject of(StoredObject object) {
            return (StoredObject) Proxy.newProxyInstance(Far.class.getClassLoader(), new Class<?>[] {StoredObject.class}, (_, method, arguments) -> {
                if (method.getName().equals("read")) {
                    pause();
                }
                return call(object, method, arguments);
            });
        }

        private static Object call(Object target, java.lang.reflect.Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private void pause() throws InterruptedException {
            calls.incrementAndGet();
            Thread.sleep(millis);
        }
    }

    private final Path work;
    private final LocalStorage local;
    private final int millis;
    private Manifest snapshot;

    private Far(Path work, int millis) {
        this.work = work;
        this.millis = millis;
        this.local = new LocalStorage(work.resolve("repository"), 0);
    }

    static void main(String[] arguments) throws IOException {
        int pages = (int) (Long.parseLong(arguments[1]) * 1_000_000 / PAGE_SIZE);
        int layers = Integer.parseInt(arguments[2]);
        int runs = Integer.parseInt(arguments[4]);
        var far = new Far(Path.of(arguments[0]), Integer.parseInt(arguments[3]));
        far.save(pages, layers);
        far.open("(not counted)", true, "warm-up", 2);
        System.out.printf("%d pages of %d bytes, %d layers, %s ms a call%n", pages, PAGE_SIZE, far.snapshot.layers().size(), arguments[3]);
        far.open("no cache, one after the other", false, null, Math.min(runs, 2));
        for (int run = 0; run < runs; run++) {
            far.open("nothing kept", true, "run-" + run, 1);
            far.open("all kept", true, "run-" + run, 1);
        }
    }

    private void save(int count, int layers) {
        var pages = new Pages(count);
        var vault = new Vault(local, Clock.systemUTC());
        vault.identify(UUID.randomUUID());
        var repository = new Repository(vault, Clock.systemUTC());
        for (int layer = 0; layer < layers; layer++) {
            pages.change(layer == 0 ? 0 : count / 100, layer);
            try (var writer = repository.begin(DATABASE, snapshot)) {
                writer.add(pages, PageProgress.NONE);
                snapshot = writer.publish(next(layer));
            }
        }
    }

    private static NewSnapshot next(int layer) {
        var capture = new CaptureFacts("SCAN", "AUTO", null, JournalMode.WAL, 0, 0, 0, "/srv/shop/orders.db", "bench", "3.54.1", List.of(), null, null, null);
        return new NewSnapshot(UUID.randomUUID(), DATABASE, "orders", Instant.EPOCH.plusSeconds(layer), null, Map.of(), capture);
    }

    private void open(String what, boolean keeps, String cache, int runs) throws IOException {
        for (int run = 0; run < runs; run++) {
            var latency = new Latency(millis, keeps);
            var vault = new Vault(latency.of(local), Clock.systemUTC());
            vault.codec(); // as a service has it, from its start on
            var indexes = keeps ? IndexCache.in(Files.createDirectories(work.resolve(cache)), 1L << 30) : IndexCache.none();
            var repository = new Repository(vault, indexes, Duration.ZERO, _ -> Set.of(), Clock.systemUTC());
            if (keeps && Files.list(work.resolve(cache)).findAny().isPresent()) {
                repository.find(DATABASE, snapshot.id()); // a service that has all has read the database's compactions, too
            }
            latency.calls.set(0);
            long begin = System.nanoTime();
            try (var reader = repository.open(DATABASE, snapshot.id())) {
                long opened = System.nanoTime();
                long calls = latency.calls.get();
                reader.position(reader.size() / 2);
                reader.read(ByteBuffer.allocate(PAGE_SIZE));
                System.out.printf("%-30s open %6.0f ms (%d calls)   first page %5.0f ms (%d calls)%n", what,
                        (opened - begin) / 1e6, calls, (System.nanoTime() - opened) / 1e6, latency.calls.get() - calls);
            }
        }
    }
}
