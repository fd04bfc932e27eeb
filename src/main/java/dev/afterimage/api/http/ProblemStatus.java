package dev.afterimage.api.http;

import dev.afterimage.problem.ProblemCode;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;

/** Which HTTP status each problem has: the one place that knows. */
public final class ProblemStatus {

    private ProblemStatus() {}

    public static HttpStatus of(ProblemCode code) {
        return switch (code) {
            case INVALID_REQUEST -> HttpStatus.BAD_REQUEST;
            case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
            case SCOPE_NEEDED, FORBIDDEN -> HttpStatus.FORBIDDEN;
            case RESOURCE_NOT_FOUND,
                    TOKEN_NOT_FOUND,
                    DATABASE_NOT_FOUND,
                    SNAPSHOT_NOT_FOUND,
                    SCHEDULE_NOT_FOUND,
                    WEBHOOK_NOT_FOUND,
                    HEARTBEAT_NOT_FOUND,
                    COLLAPSE_NOT_FOUND,
                    JOB_NOT_FOUND -> HttpStatus.NOT_FOUND;
            case METHOD_NOT_ALLOWED -> HttpStatus.METHOD_NOT_ALLOWED;
            case NOT_ACCEPTABLE -> HttpStatus.NOT_ACCEPTABLE;
            case ADMIN_TOKEN_IN_FILE,
                    DATABASE_EXISTS,
                    DATABASE_BUSY,
                    SNAPSHOT_PINNED,
                    LAST_GOOD_SNAPSHOT,
                    SNAPSHOT_QUARANTINED,
                    TARGET_EXISTS,
                    TARGET_DISPLACED,
                    TARGET_OTHER_DATABASE,
                    TARGET_IN_USE,
                    REPOSITORY_NOT_ADOPTABLE,
                    WRITTEN_BY_ANOTHER_VERSION,
                    JOB_FINISHED -> HttpStatus.CONFLICT;
            case REQUEST_TOO_SLOW -> HttpStatus.REQUEST_TIMEOUT;
            case PRECONDITION_FAILED -> HttpStatus.PRECONDITION_FAILED;
            case REQUEST_TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
            case UNSUPPORTED_MEDIA_TYPE -> HttpStatus.UNSUPPORTED_MEDIA_TYPE;
            case RANGE_NOT_SATISFIABLE -> HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE;
            case PATH_NOT_ALLOWED,
                    NOT_A_DATABASE,
                    SOURCE_UNREADABLE,
                    SOURCE_INCOMPLETE,
                    SOURCE_CORRUPT,
                    METHOD_NOT_POSSIBLE,
                    APPLICATION_ELSEWHERE,
                    DATABASE_MOVED,
                    HOOK_FAILED,
                    CATALOG_COPY_UNUSABLE,
                    CHECK_FAILED,
                    CONTENT_UNREADABLE,
                    TARGET_NOT_REPLACEABLE,
                    TARGET_PAGE_SIZE,
                    TARGET_UNWRITABLE,
                    WEBHOOK_TARGET_REFUSED,
                    IDEMPOTENCY_MISMATCH -> HttpStatus.UNPROCESSABLE_CONTENT;
            case TOO_MANY_REQUESTS -> HttpStatus.TOO_MANY_REQUESTS;
            case INTERNAL_ERROR,
                    SNAPSHOT_DAMAGED,
                    REPOSITORY_DAMAGED,
                    REPOSITORY_UNREADABLE,
                    TARGET_UNPROVEN,
                    GROUP_RESTORE_INCOMPLETE -> HttpStatus.INTERNAL_SERVER_ERROR;
            case ISSUER_UNREACHABLE,
                    SERVICE_BUSY,
                    SOURCE_LOCKED,
                    BACKUP_INTERRUPTED,
                    STORAGE_UNREACHABLE,
                    INTERRUPTED -> HttpStatus.SERVICE_UNAVAILABLE;
            case STORAGE_FULL -> HttpStatus.INSUFFICIENT_STORAGE;
        };
    }

    /** Whether somebody who only waits may well succeed: nobody has to mend anything first. */
    public static boolean passesByItself(ProblemCode code) {
        return switch (of(code)) {
            case CONFLICT, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE, INSUFFICIENT_STORAGE -> code.retryable();
            default -> false;
        };
    }

    /** The problem behind a status that the framework or the server itself decided on. */
    static ProblemCode code(HttpStatusCode status) {
        return switch (status.value()) {
            case 401 -> ProblemCode.UNAUTHENTICATED;
            case 403 -> ProblemCode.FORBIDDEN;
            case 404 -> ProblemCode.RESOURCE_NOT_FOUND;
            case 405 -> ProblemCode.METHOD_NOT_ALLOWED;
            case 406 -> ProblemCode.NOT_ACCEPTABLE;
            case 408 -> ProblemCode.REQUEST_TOO_SLOW;
            case 412 -> ProblemCode.PRECONDITION_FAILED;
            case 413 -> ProblemCode.REQUEST_TOO_LARGE;
            case 415 -> ProblemCode.UNSUPPORTED_MEDIA_TYPE;
            case 416 -> ProblemCode.RANGE_NOT_SATISFIABLE;
            case 429 -> ProblemCode.TOO_MANY_REQUESTS;
            case 501, 505 -> ProblemCode.INVALID_REQUEST; // an encoding or a version of HTTP that there is not
            default -> status.is4xxClientError() ? ProblemCode.INVALID_REQUEST : ProblemCode.INTERNAL_ERROR;
        };
    }
}
