package dev.afterimage.check;

import java.util.List;

/**
 * What a check of the repository has looked at, and found.
 *
 * @param layersChecked layers that were read
 * @param bytesChecked of these layers
 */
public record RepositoryChecked(
        int layersChecked, long bytesChecked, List<Damage> damaged, List<Unreadable> unreadable) {

    public RepositoryChecked {
        damaged = List.copyOf(damaged);
        unreadable = List.copyOf(unreadable);
    }
}
