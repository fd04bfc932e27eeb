package dev.afterimage.api.snapshots;

import dev.afterimage.api.http.CopiesRead;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.content.SqlDump;
import dev.afterimage.limits.Limits;
import dev.afterimage.restore.StagedSnapshots;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/** A snapshot's content as SQL text: made while it is sent, so that its length is not known, nor can a part be asked for. */
@Component
class SqlContent {

    /** Of <a href="https://www.rfc-editor.org/rfc/rfc6922">RFC 6922</a>. */
    static final String MEDIA_TYPE = "application/sql";

    private final StagedSnapshots staged;
    private final Limits limits;

    SqlContent(StagedSnapshots staged, Limits limits) {
        this.staged = staged;
        this.limits = limits;
    }

    /**
     * @param tables whose rows alone are wanted; none for the whole database
     * @param where for which of them; null for all
     * @param from the copy of the repository that alone is read; null for all that there is
     */
    void answer(
            Snapshot snapshot,
            List<String> tables,
            @Nullable String where,
            @Nullable String from,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        response.setContentType(MEDIA_TYPE + ";charset=UTF-8");
        response.setHeader(HttpHeaders.ACCEPT_RANGES, "none");
        response.setHeader(HttpHeaders.CONTENT_DISPOSITION, new SnapshotContent(snapshot).disposition("sql"));
        if (request.getMethod().equals("GET")) {
            try (var _ = limits.staging();
                    var file = staged.stage(snapshot, from)) {
                CopiesRead.tell(file.copiesRead(), response);
                var out = limits.paced(response.getOutputStream());
                if (tables.isEmpty()) {
                    SqlDump.write(file.file(), out);
                } else {
                    SqlDump.writeRows(file.file(), tables, Objects.requireNonNullElse(where, "1"), out);
                }
            }
        }
    }
}
