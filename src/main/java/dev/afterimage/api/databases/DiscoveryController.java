package dev.afterimage.api.databases;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Reach;
import dev.afterimage.discovery.Discovery;
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

    DiscoveryController(Discovery discovery) {
        this.discovery = discovery;
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
}
