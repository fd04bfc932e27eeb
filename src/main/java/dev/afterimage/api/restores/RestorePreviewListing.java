package dev.afterimage.api.restores;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** What the restore of a group would do. */
@Schema(name = "RestorePreviews", description = "What the restore of a group would do, by snapshot")
record RestorePreviewListing(List<RestorePreviewJson> items) {}
