package dev.afterimage.api.repository;

import dev.afterimage.repository.objects.CatalogObject;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

/** A copy of a catalog, as answers have it. */
@Schema(name = "CatalogCopy", description = "A copy of a catalog in the repository")
record CatalogCopyJson(
        @Schema(
                description = "Its key in the repository; `catalogCopy` of a rebuild takes it",
                example =
                        "catalog/3f0e2c61-77a5-4d0c-8b1e-9c2d4e6f8a01/20260301T020304567Z-daily-efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef")
        String name,

        @Schema(description = "Of which catalog; each home has its own")
        UUID catalog,

        @Schema(example = "2026-03-01T02:03:04.567Z") Instant takenAt,

        @Schema(
                description = "Why it was taken",
                allowableValues = {"DAILY", "MIGRATION", "REQUEST"})
        String reason,

        @Schema(description = "On the storage", example = "8192")
        long bytes) {

    static CatalogCopyJson of(CatalogObject copy) {
        return new CatalogCopyJson(
                copy.key(), copy.catalogId(), copy.takenAt(), copy.reason().toUpperCase(Locale.ROOT), copy.bytes());
    }
}
