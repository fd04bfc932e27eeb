package dev.afterimage.api.databases;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Reach;
import dev.afterimage.discovery.Discovery;
import dev.afterimage.discovery.UnregisteredFiles;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What is found in the watched directories. */
@Tag(name = "Databases")
@RestController
@RequestMapping("/api/v1/discovery")
class DiscoveryController {

    private final Discovery discovery;
    private final UnregisteredFiles unregistered;

    DiscoveryController(Discovery discovery, UnregisteredFiles unregistered) {
        this.discovery = discovery;
        this.unregistered = unregistered;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "getDiscovery",
            summary = "Show what discovery found",
            description =
                    "Files in afterimage.discovery.directories are registered by themselves, unless they were removed"
                            + " before; a registered database whose file is gone gets `missingSince`, and stays registered.")
    @GetMapping
    DiscoveryJson get() {
        return discovery.last().map(DiscoveryJson::of).orElse(DiscoveryJson.NONE);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "listCandidates",
            summary = "Look for databases that nobody has registered",
            description =
                    "SQLite files under afterimage.databases.roots with the usual extensions (db, sqlite, sqlite3), up to"
                            + " 200, found within three seconds. Links to directories are not followed; of files only the first bytes are"
                            + " read. Those that were removed are left out.")
    @GetMapping("/candidates")
    CandidatesJson candidates() {
        return CandidatesJson.of(unregistered.find());
    }
}
