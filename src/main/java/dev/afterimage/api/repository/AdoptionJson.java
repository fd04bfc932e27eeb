package dev.afterimage.api.repository;

import dev.afterimage.recovery.AdoptedRepository.Adopted;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.UUID;

/** What an adoption did, as answers have it. */
@Schema(name = "Adoption", description = "Which repository is used from now on")
record AdoptionJson(
        @Schema(example = "7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f")
        UUID id,

        @Schema(
                description =
                        "Snapshots that the catalog knows and this repository has not got; they are now quarantined",
                example = "0")
        int missing) {

    static AdoptionJson of(Adopted adopted) {
        return new AdoptionJson(adopted.id(), adopted.missing());
    }
}
