package dev.afterimage.repository.seal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.UUID;

/**
 * What happens to bytes between here and the storage; see {@code docs/repository-format.md}, "Sealing". Nobody who uses one needs to know
 * which it is. Safe for several threads.
 */
public sealed interface Codec permits Plain, Sealed {

    /** For the parts of layers, by one thread at a time. */
    LayerParts parts();

    /** Of the pages of a database, for one thread at a time. */
    PageDigest pageDigest(UUID databaseId);

    /**
     * What is written to the stream goes to the target as it is stored. Closing it writes the end, and closes the target.
     *
     * @param name of the object, under which alone it can be opened
     */
    OutputStream seal(String name, OutputStream target);

    /**
     * What was sealed under that name. Reading throws {@link BrokenSealException} instead of giving out bytes that were not written, also
     * where there are fewer than were written. Closing it closes what is stored.
     */
    InputStream open(String name, InputStream stored);

    /** The same of what is small. */
    default byte[] sealed(String name, byte[] content) {
        var stored = new ByteArrayOutputStream();
        try (var sealing = seal(name, stored)) {
            sealing.write(content);
        } catch (IOException e) {
            throw new IllegalStateException("Memory takes whatever is written to it", e);
        }
        return stored.toByteArray();
    }

    /** @throws IllegalArgumentException when it is not what was sealed under that name */
    default byte[] opened(String name, byte[] stored) {
        try (var content = open(name, new ByteArrayInputStream(stored))) {
            return content.readAllBytes();
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** How long so many bytes are when they are stored. */
    long storedBytes(long bytes);
}
