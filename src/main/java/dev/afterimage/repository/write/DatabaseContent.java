package dev.afterimage.repository.write;

import dev.afterimage.repository.format.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * All pages of a database, by their digests.
 *
 * @param pageSize in bytes
 * @param pageCount pages of the database
 * @param treeDigest SHA-256 over the page digests in page order, in hexadecimal
 * @param sha256 of the whole database file, in hexadecimal; null where it is not known
 */
record DatabaseContent(
        int pageSize,
        long pageCount,
        String treeDigest,
        @Nullable String sha256) {

    static DatabaseContent of(Manifest manifest) {
        return new DatabaseContent(manifest.pageSize(), manifest.pageCount(), manifest.treeDigest(), manifest.sha256());
    }

    /** With the SHA-256 that is known of another, if that is the same. */
    DatabaseContent knowing(@Nullable DatabaseContent other) {
        return sha256 == null && other != null && isSame(other) ? other : this;
    }

    private boolean isSame(DatabaseContent other) {
        return pageSize == other.pageSize && pageCount == other.pageCount && treeDigest.equals(other.treeDigest);
    }
}
