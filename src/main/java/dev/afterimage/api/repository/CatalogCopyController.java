package dev.afterimage.api.repository;

import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.CatalogCopy.Reason;
import dev.afterimage.recovery.CatalogCopies;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The copies of catalogs in the repository. */
@Tag(name = "Repository")
@RestController
@RequestMapping(RepositoryController.PATH + "/catalog-copies")
class CatalogCopyController {

    private final CatalogCopies copies;

    CatalogCopyController(CatalogCopies copies) {
        this.copies = copies;
    }

    @Needs(value = Scope.READ, reach = Reach.SERVICE)
    @Operation(
            operationId = "listCatalogCopies",
            summary = "List the copies of the catalog",
            description = "The newest first, and all at once. Those of a catalog that was lost are there, too.")
    @Problems(STORAGE_UNREACHABLE)
    @GetMapping
    Listing<CatalogCopyJson> list() {
        return new Listing<>(copies.list().stream().map(CatalogCopyJson::of).toList(), null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "createCatalogCopy",
            summary = "Copy the catalog into the repository",
            description =
                    "What is set and what is known of snapshots, so that a rebuild can bring it back. The service does it"
                            + " daily by itself; do it after large changes.")
    @Problems({STORAGE_UNREACHABLE, STORAGE_FULL})
    @PostMapping
    CatalogCopyJson create() {
        return CatalogCopyJson.of(copies.take(Reason.REQUEST));
    }
}
