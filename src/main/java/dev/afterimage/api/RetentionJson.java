package dev.afterimage.api;

import dev.afterimage.catalog.RetentionPolicies;
import dev.afterimage.catalog.RetentionPolicies.InForce;
import io.swagger.v3.oas.annotations.media.Schema;

/** The retention policy that is in force, as answers have it. */
@Schema(name = "Retention", description = "The retention policy that is in force")
record RetentionJson(
        @Schema(
                description =
                        "DATABASE: the database's own. DEFAULT: that of all databases that have none of their own. NONE:"
                                + " there is none, so all snapshots stay",
                example = "DATABASE")
        RetentionPolicies.Source source,

        RetentionPolicyJson policy) {

    static RetentionJson of(InForce inForce) {
        return new RetentionJson(inForce.source(), RetentionPolicyJson.of(inForce.policy()));
    }
}
