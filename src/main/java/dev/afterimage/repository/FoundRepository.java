package dev.afterimage.repository;

import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageIdentity;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What lies in the place of a repository, whichever it is: to be looked at before anybody relies on it. */
public final class FoundRepository {

    private final Vault vault;
    private final Manifests manifests;

    FoundRepository(Vault vault) {
        this.vault = vault;
        this.manifests = new Manifests(vault, new Compactions(vault));
    }

    /**
     * Its id; nothing where it has none.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when that cannot be read
     */
    public Optional<UUID> id() {
        return vault.storage().identity().map(StorageIdentity::id);
    }

    /** Whether it has no object, its identity apart. */
    public boolean isEmpty() {
        return vault.storage().isEmpty();
    }

    /** Throws REPOSITORY_LOCKED when what is configured does not open it. */
    public void requireOpens() {
        vault.codec();
    }

    /** Whether a call of {@link #identify} with that id failed or died, and nothing else is there. */
    public boolean isBegun(UUID id) {
        return vault.isBegun(id);
    }

    /** Ids of a database's snapshots, as the names of their manifests say. */
    public Set<UUID> snapshotIds(UUID databaseId) {
        return manifests.ids(databaseId);
    }

    /**
     * Gives it an id for ever, and makes its directory where there is none. After a failure it has that id, or none.
     *
     * @return false when it has one already; that stays
     * @throws dev.afterimage.storage.StorageException when it cannot be written
     */
    public boolean identify(UUID id) {
        return vault.identify(id);
    }
}
