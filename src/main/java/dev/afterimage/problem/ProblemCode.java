package dev.afterimage.problem;

/**
 * Every way in which a request or a job can fail, as a stable code for scripts. {@code docs/errors.md} explains each; a
 * test holds the two together.
 */
public enum ProblemCode {
    INVALID_REQUEST(400, false, "Correct the fields that `errors` names and send the request again."),
    RESOURCE_NOT_FOUND(404, false, "See /swagger-ui.html for the paths that exist."),
    METHOD_NOT_ALLOWED(405, false, "The Allow header lists the methods of this path."),
    NOT_ACCEPTABLE(406, false, "Ask for application/json, or send no Accept header."),
    UNSUPPORTED_MEDIA_TYPE(
            415,
            false,
            "Send the body as Content-Type: application/json, and a file that is to be imported as"
                    + " application/octet-stream."),
    REQUEST_TOO_LARGE(413, false, "No request needs that much; look for what is sent by mistake."),
    REQUEST_TOO_SLOW(408, true, "Send the body, or take the download, faster: afterimage.limits.min-rate."),
    TOO_MANY_REQUESTS(
            429, true, "Let some of your own requests end first, and try again after the seconds in Retry-After."),
    SERVICE_BUSY(503, true, "Others keep the service busy: try again after the seconds in Retry-After."),
    RANGE_NOT_SATISFIABLE(
            416, false, "The Content-Range header of the answer has the size; ask for a range within it."),
    PRECONDITION_FAILED(412, false, "The content is not the one of your If-Match: get its present ETag with HEAD."),
    UNAUTHENTICATED(
            401,
            false,
            "Send `Authorization: Bearer <token>` or `X-API-Key: <token>`, or sign in. The first token is in the file admin-token"
                    + " of afterimage.home."),
    SCOPE_NEEDED(403, false, "Use a token of that scope; POST /api/v1/tokens makes one."),
    FORBIDDEN(403, false, "Use a token that is not limited to some databases."),
    CROSS_ORIGIN(
            403,
            false,
            "Send it from a page of this service, or with a token in a header. A proxy in front must pass on the Host that the"
                    + " browser asked."),
    INTERNAL_ERROR(500, true, "This is a defect of the service; its log has the details under the `instance` id."),

    ISSUER_UNREACHABLE(503, true, "See that the service can reach the server that afterimage.access.oidc names."),
    TOKEN_NOT_FOUND(404, false, "GET /api/v1/tokens lists what there is."),
    ADMIN_TOKEN_IN_FILE(409, false, "Delete that file and start the service again: it makes a new one."),

    DATABASE_NOT_FOUND(404, false, "GET /api/v1/databases lists what is registered."),
    COLLAPSE_NOT_FOUND(404, false, "GET /api/v1/databases/{name}/collapses lists what there is."),
    DATABASE_EXISTS(409, false, "Use the name under which it is registered, or choose another one."),
    DATABASE_BUSY(409, true, "Wait for the database's jobs to end, or cancel them."),
    PATH_NOT_ALLOWED(
            422,
            false,
            "Give an absolute path, without `..`, that lies under one of afterimage.databases.roots after all symbolic"
                    + " links are resolved."),
    NOT_A_DATABASE(422, false, "Give the path of an SQLite 3 database file, or send one as the body of an import."),
    SOURCE_LOCKED(
            503,
            true,
            "A process in `holders` keeps the database locked: let it finish its transaction or stop it, or give the"
                    + " job a longer `deadline`. For an application that has it open with PRAGMA locking_mode = EXCLUSIVE,"
                    + " docs/exclusive.md tells what to do."),
    SOURCE_UNREADABLE(422, true, "Make the file and its directory readable for the user that the service runs as."),
    SOURCE_INCOMPLETE(
            422,
            false,
            "Let nothing open the database with SQLite. Copy all its files elsewhere, then put the file back that belongs to what lies beside it."),
    SOURCE_CORRUPT(
            422,
            false,
            "The live database is damaged. Restore the last good snapshot, or salvage with sqlite3's .recover."),
    METHOD_NOT_POSSIBLE(
            422,
            false,
            "Use method ONLINE, which needs nothing but SQLite, or AUTO, which falls back to it where it must."),
    NOT_FOLLOWABLE(
            422,
            false,
            "Have the application set PRAGMA journal_mode=WAL, on a disk of this machine. Backups work in any mode."),
    FOLLOW_NOT_FOUND(404, false, "PUT /api/v1/databases/{name}/follow begins to follow it."),
    FOLLOW_BEHIND(
            503,
            true,
            "GET /api/v1/databases/{name}/follow tells how far it is and what is in the way; wait longer, or try again."),
    SPOOL_FULL(
            503,
            true,
            "See that the repository can be written, and what is in it is stored; or give afterimage.follow.max-spool more."),
    MOMENT_NOT_REACHABLE(
            422,
            false,
            "Choose the moment before or after it that the answer names, or a snapshot. GET"
                    + " /api/v1/databases/{name}/timeline shows what can be reached."),
    APPLICATION_ELSEWHERE(
            422,
            true,
            "If its files were deleted or replaced while it ran, stop the application in an orderly way and start it"
                    + " again: it writes its WAL into the database file that it has, and then opens what is at the path."
                    + " If it has the file by a mount of its own, mount the whole directory there, and PATCH the database"
                    + " with the `path` that the application uses."),
    DATABASE_MOVED(
            422,
            true,
            "PATCH /api/v1/databases/{name} with the `path` that is meant: `givenPath` for the file to which it leads"
                    + " now."),
    HOOK_FAILED(
            422,
            true,
            "`output` has the end of what the command printed; it is set up in afterimage.hooks, or"
                    + " afterimage.file-system-snapshots."),
    FROZEN_FILES_UNUSABLE(
            422,
            true,
            "The path where frozen files appear is set up in afterimage.file-system-snapshots: after `create` the database must be"
                    + " there, frozen in its state of that moment, with what lies beside it."),
    BACKUP_INTERRUPTED(503, true, "The source was changed from outside while it was read: try again."),

    SNAPSHOT_NOT_FOUND(404, false, "GET /api/v1/snapshots lists what there is."),
    SNAPSHOT_PINNED(409, false, "Unpin it first: PATCH the snapshot with {\"pinned\": false}."),
    LAST_GOOD_SNAPSHOT(
            409,
            false,
            "It is the database's last good snapshot. Take a new backup first, or repeat with ?force=true."),
    SNAPSHOT_QUARANTINED(
            409,
            false,
            "A check of this snapshot failed; see its checks for why. Use another snapshot, or download it as it is"
                    + " with ?allowDamaged=true; where what is stored of it is damaged, that is refused or breaks off."),
    SNAPSHOT_DAMAGED(
            500,
            false,
            "What is stored is not what was written. Use another snapshot, and look at the storage's health."),
    LOG_DAMAGED(
            500,
            false,
            "What is stored is not what was written. Choose a moment before it, or a later snapshot, and look at the storage's health."),
    REPOSITORY_DAMAGED(
            500,
            false,
            "`damaged` lists what the storage has lost or changed, and the snapshots that it hits; they are quarantined. Look at the storage's health. Where there is a copy of the repository, POST /api/v1/repository/repair brings back from it what was lost; else take new backups of these databases: they do not build on quarantined snapshots."),
    REPOSITORY_UNREADABLE(
            500,
            true,
            "`unreadable` lists what the storage has and does not give, and the snapshots that it hits; these stay as they are. Look at the storage's health, and check again when it is well."),
    CHECK_FAILED(
            422, false, "`messages` has what SQLite printed. The snapshot is quarantined; older ones are untouched."),
    ASSERTION_FAILED(
            422,
            false,
            "`messages` has what was found in the place of what was expected. See whether the application or the assertion is wrong; the snapshot is not quarantined."),
    CONTENT_UNREADABLE(
            422,
            false,
            "The database was damaged or manipulated before it was captured, or needs what only its application has."
                    + " Download the file, and open it there, or salvage with sqlite3's .recover."),
    QUERY_REFUSED(
            422,
            false,
            "Give one SELECT, and as many `params` as it has question marks; docs/query.md tells what it may use. For all else download the snapshot, and open it with sqlite3."),
    QUERY_TOO_LARGE(
            422,
            false,
            "Ask for fewer rows or columns, or for parts of long values with substr. For all else download the snapshot, and open it with sqlite3."),
    QUERY_TOO_SLOW(
            422,
            false,
            "Ask for less, or by a column that has an index. For all else download the snapshot, and open it with sqlite3."),

    TARGET_EXISTS(409, false, "Choose a path at which no file, and no -wal, -shm or -journal of that name, exists."),
    TARGET_NOT_REPLACEABLE(
            422,
            false,
            "REPLACE_LIVE and REPLACE_FILE need a database file. Where nothing is, use NEW_FILE; where something else is, move it away first, or choose another path."),
    TARGET_OTHER_DATABASE(
            409,
            false,
            "To put the snapshot of one database in the place of another, name that one: {\"target\": {\"database\":"
                    + " …}}."),
    TARGET_PAGE_SIZE(
            422,
            false,
            "A database in WAL mode cannot get pages of another size while it is open. Stop the application and use"
                    + " REPLACE_FILE, or restore to a NEW_FILE."),
    TARGET_IN_USE(
            409, true, "`holders` has the processes that are in the way. Let them close the database, or try again."),
    GROUP_RESTORE_INCOMPLETE(
            500,
            false,
            "Restore the group again once `failed` can be replaced; or bring those in `restored` back: restore their"
                    + " `safetySnapshot`."),
    TARGET_UNPROVEN(
            500,
            false,
            "The target has got the snapshot's content, or may have, but nothing proves it. Look at it before you rely on it; `safetySnapshot` has what was there before."),
    TARGET_DISPLACED(
            409,
            false,
            "See that the file system is well, then run `commands` in their order: they put the old files back. Or start the service anew, which tries it again."),
    TARGET_UNWRITABLE(422, true, "Make the target's directory writable for the user that the service runs as."),

    WRITTEN_BY_ANOTHER_VERSION(
            409,
            false,
            "Start the version of the service that wrote it; or give it anew: PUT the schedule, submit the job again."),

    STORAGE_FULL(507, true, "Free space, raise the quota, or delete snapshots."),
    STORAGE_UNREACHABLE(503, true, "See that the storage is there and can be read and written."),
    OBJECTS_ARCHIVED(
            500,
            true,
            "Nothing is damaged. Restore the objects that `archived` names, such as with `aws s3api restore-object`, wait until that is done, and try again; and take away the rule of the bucket that moves what lies below the repository's prefix."),
    REPOSITORY_HELD(
            409,
            false,
            "Only one service writes to a repository. If `host` still runs one, give this service a repository of its own; if it is gone for good, take over from it: POST /api/v1/repository/lease with the `epoch` that it has."),
    REPOSITORY_LOCKED(
            503,
            true,
            "See afterimage.repository.passphrase-file and afterimage.repository.key-file: one of them must be that of this repository if it is sealed, and none may be there if it is not. Then start the service anew."),
    REPOSITORY_NOT_SEALED(
            409,
            false,
            "Whether a repository is sealed is decided when it is made. To seal what there is, make a new one with a passphrase file, and take new backups."),
    COPY_NOT_FOUND(404, false, "GET /api/v1/repository/copies lists what there is."),
    KEY_NOT_FOUND(404, false, "GET /api/v1/repository/keys lists what there is."),
    KEY_NEEDED(
            409,
            false,
            "Add a key first, put its passphrase or key file in the place that is configured, then remove this one."),
    KEY_TOO_WEAK(422, false, "Take a longer one: several words, or what a password manager makes."),
    REPOSITORY_NOT_ADOPTABLE(
            409,
            false,
            "Name the repository that is there, its id is in `found`; or mount the one that you mean. Where `missing` counts snapshots, `force` adopts it all the same, and these are quarantined."),

    CATALOG_COPY_UNUSABLE(
            422,
            false,
            "GET /api/v1/repository/catalog-copies lists what there is; without `catalogCopy` the newest that is whole is taken."),

    SCHEDULE_NOT_FOUND(404, false, "PUT one to the same path."),

    WEBHOOK_NOT_FOUND(404, false, "GET /api/v1/webhooks lists what there is."),
    HEARTBEAT_NOT_FOUND(404, false, "PUT one to the same path."),
    WEBHOOK_TARGET_REFUSED(
            422,
            false,
            "Give an http or https URL of another machine; afterimage.webhooks.allow-local=true also allows this one."),

    JOB_NOT_FOUND(404, false, "GET /api/v1/jobs lists what there is."),
    JOB_FINISHED(409, false, "A job that has ended cannot be cancelled."),
    INTERRUPTED(
            503,
            true,
            "The service died several times while it ran this job. Look into its log, then submit it again."),
    IDEMPOTENCY_MISMATCH(
            422, false, "This Idempotency-Key was used with another request. Use a new key for a new request.");

    private final int status;
    private final boolean retryable;
    private final String hint;

    ProblemCode(int status, boolean retryable, String hint) {
        this.status = status;
        this.retryable = retryable;
        this.hint = hint;
    }

    /** The status of an answer with it, as RFC 9110 and those beside it number them. */
    public int status() {
        return status;
    }

    /** Whether the same request may succeed later without being changed. */
    public boolean retryable() {
        return retryable;
    }

    /** Whether somebody who only waits may well succeed: nobody has to mend anything first. */
    public boolean passesByItself() {
        return switch (status) {
            case 409, 429, 503, 507 -> retryable;
            default -> false;
        };
    }

    /** What to do about it, in one or two sentences. */
    public String hint() {
        return hint;
    }
}
