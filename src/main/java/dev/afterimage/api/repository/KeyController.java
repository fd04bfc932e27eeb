package dev.afterimage.api.repository;

import static dev.afterimage.problem.ProblemCode.KEY_NEEDED;
import static dev.afterimage.problem.ProblemCode.KEY_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.KEY_TOO_WEAK;
import static dev.afterimage.problem.ProblemCode.REPOSITORY_LOCKED;
import static dev.afterimage.problem.ProblemCode.REPOSITORY_NOT_SEALED;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.seal.WrappedKey;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** What opens a sealed repository. */
@Tag(name = "Repository")
@RestController
@RequestMapping(RepositoryController.PATH + "/keys")
class KeyController {

    private final Vault vault;

    KeyController(Vault vault) {
        this.vault = vault;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "listKeys",
            summary = "List the keys of the repository",
            description = "The oldest first, and all at once; none when the repository is not sealed.")
    @Problems(STORAGE_UNREACHABLE)
    @GetMapping
    Listing<KeyJson> list() {
        vault.storage().requirePresence();
        return new Listing<>(vault.keys().stream().map(KeyJson::of).toList(), null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "createKey",
            summary = "Add a key to the repository",
            description =
                    "With `passphrase`, one that this passphrase opens; without, one for a key file, which the answer has"
                            + " and nothing keeps: print it for a safe. With `replaces` the other key is removed when the"
                            + " new one is proven. The repository's own key stays the same, so somebody who has learnt"
                            + " that can still read what is stored: then make a new repository.")
    @Problems({
        REPOSITORY_NOT_SEALED,
        REPOSITORY_LOCKED,
        KEY_TOO_WEAK,
        KEY_NOT_FOUND,
        KEY_NEEDED,
        STORAGE_UNREACHABLE,
        STORAGE_FULL
    })
    @ResponseStatus(HttpStatus.CREATED)
    @PostMapping
    KeyJson create(@Valid @RequestBody KeyRequest body) {
        var keyFile = body.passphrase() == null ? Secret.randomKey() : null;
        var added =
                keyFile == null ? Secret.passphrase(Objects.requireNonNull(body.passphrase())) : Secret.key(keyFile);
        return KeyJson.of(put(body.replaces(), added, body.name()), keyFile);
    }

    private WrappedKey put(@Nullable UUID replaces, Secret added, String name) {
        return replaces == null ? vault.addKey(added, name) : vault.replaceKey(replaces, added, name);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "deleteKey",
            summary = "Remove a key from the repository",
            description = "Refused while the passphrase or key file that is configured opens no other.")
    @Problems({REPOSITORY_NOT_SEALED, REPOSITORY_LOCKED, KEY_NOT_FOUND, KEY_NEEDED, STORAGE_UNREACHABLE})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/{id}")
    void delete(@PathVariable UUID id) {
        vault.removeKey(id);
    }
}
