package dev.afterimage.api.databases;

import dev.afterimage.discovery.UnregisteredFiles;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** Databases that nobody has registered, as answers have them. */
@Schema(
        name = "Candidates",
        description = "Files under the roots that are SQLite databases, and that nobody has registered")
record CandidatesJson(
        List<Candidate> items,

        @Schema(description = "false when there may be others: there were too many, or there was too little time")
        boolean all) {

    /** One of them. */
    @Schema(name = "Candidate")
    record Candidate(
            @Schema(example = "/srv/shop/orders.db") String path) {}

    static CandidatesJson of(UnregisteredFiles.Found found) {
        return new CandidatesJson(
                found.files().stream()
                        .map(file -> new Candidate(file.toString()))
                        .toList(),
                found.all());
    }
}
