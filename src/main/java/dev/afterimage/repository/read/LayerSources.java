package dev.afterimage.repository.read;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A layer where it lies, and on the copies of its repository, which are read where that fails: each byte proves itself, wherever it comes
 * from. What lacks the layer, has it in an archive, or does not answer, is not asked again; what gave wrong bytes is. Safe for several threads.
 */
final class LayerSources implements AutoCloseable {

    /** Reads of an object. */
    @FunctionalInterface
    interface Attempt {

        /** Whether what was read is what was written. */
        boolean of(LayerObject object);
    }

    private final List<Source> sources = new ArrayList<>();
    private final Set<String> copiesRead = new LinkedHashSet<>();

    private LayerSources(Source first) {
        sources.add(first);
    }

    /**
     * None is opened yet.
     *
     * @param indexes what this node has kept of the layer where it lies
     */
    static LayerSources of(Vault vault, List<Vault.Copy> copies, String key, LayerRef layer, IndexCache indexes) {
        var all = new LayerSources(new Source(
                null, () -> new LayerObject(vault.storage().open(key, layer.bytes()), layer, indexes)));
        for (var copy : copies) {
            var storage = copy.vault().storage();
            all.sources.add(new Source(
                    copy.name(), () -> new LayerObject(storage.open(key, layer.bytes()), layer, IndexCache.none())));
        }
        return all;
    }

    /** Only where it lies, to be read from its first byte to its last. */
    static LayerSources readBack(Vault vault, String key, LayerRef layer) {
        var storage = vault.storage();
        return new LayerSources(new Source(null, () -> {
            var object = storage.open(key, layer.bytes());
            return new LayerObject(storage.isNear() ? object : new ReadAhead(object), layer, IndexCache.none());
        }));
    }

    private static final class Source {

        private final @Nullable String copy;
        private final Supplier<LayerObject> opening;
        private @Nullable LayerObject object;
        private @Nullable StorageException failure;

        Source(@Nullable String copy, Supplier<LayerObject> opening) {
            this.copy = copy;
            this.opening = opening;
        }

        synchronized LayerObject object() {
            if (failure != null) {
                throw failure;
            }
            if (object == null) {
                object = opening.get();
            }
            return object;
        }

        /** A block on a bad sector leaves the others; an archive gives out none. */
        synchronized void failed(StorageException e) {
            if (!(e instanceof StorageException.Unreachable) || e instanceof StorageException.Archived) {
                failure = e;
            }
        }

        synchronized void isRead() {
            if (object != null) {
                object.isRead();
            }
        }

        synchronized void close() {
            if (object != null) {
                object.close();
            }
        }
    }

    /**
     * Reads until what was read is what was written.
     *
     * @return false when it is so nowhere
     * @throws StorageException what failed where the layer lies, when no copy has helped
     */
    boolean read(Attempt attempt) {
        StorageException failure = null;
        for (var source : sources) {
            try {
                if (attempt.of(source.object())) {
                    note(source);
                    return true;
                }
            } catch (StorageException e) {
                source.failed(e);
                if (source.copy == null) {
                    failure = e;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return false;
    }

    private synchronized void note(Source source) {
        if (source.copy != null) {
            copiesRead.add(source.copy);
        }
    }

    /** The names of those that had to help. */
    synchronized Set<String> copiesRead() {
        return Set.copyOf(copiesRead);
    }

    /** Tells that its blocks are not needed again soon. */
    void isRead() {
        sources.forEach(Source::isRead);
    }

    @Override
    public void close() {
        sources.forEach(Source::close);
    }
}
