/*
 * Faults in the file system as a process sees it, loaded with LD_PRELOAD. What fails, where and when stands in a file that
 * who tests maps and changes while the process runs (control.py has the same layout); the file's path is in AFTERIMAGE_FAULTS.
 *
 * A call is matched when its kind and the place of its path are both asked for. The n-th matching call fails, or all from it on. Nothing
 * else is changed: what is not matched goes to the C library untouched.
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { READ, OPEN, WRITE, CREATE, SYNC, RENAME, LINK, UNLINK, TRUNCATE, MKDIR, COPY, MAP, LIST, STAT, CLOSE, MODE, CALLS = 32 };
enum { PLACES = 8, PREFIXES = 16, TOLD = 8, TEXT = 256 };
enum state { OFF, COUNTING, ARMED };

/* Who tests writes everything else first and `state` last. */
struct control {
    volatile uint32_t state;
    uint32_t calls;            /* bits, by enum call */
    uint32_t places;           /* bits */
    int32_t error;             /* what the call fails with; 0 when it only transfers less than was asked for */
    uint32_t half;             /* 1: the first fault transfers half, and all of them do when there is no error */
    uint32_t nth;              /* from 1 */
    uint32_t on;               /* 1: all from the n-th on */
    volatile uint32_t loaded;  /* how many processes have found this file */
    volatile uint32_t met;     /* matching calls so far */
    volatile uint32_t failed;  /* of which failed */
    uint32_t prefixes;
    uint32_t unused;
    volatile uint32_t counts[PLACES][CALLS];
    char told[TOLD][TEXT];     /* the first that failed: function and path */
    struct { uint32_t place; char path[TEXT - 4]; } prefix[PREFIXES];
};

static struct control *control;

/* Before the constructors of whoever writes early on. */
__attribute__((constructor)) static void find_control(void) {
    const char *path = getenv("AFTERIMAGE_FAULTS");
    if (path == NULL) return;
    int fd = (int) syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *mapped = (void *) syscall(SYS_mmap, NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
    syscall(SYS_close, fd);
    if (mapped == MAP_FAILED) return;
    control = mapped;
    __atomic_add_fetch(&control->loaded, 1, __ATOMIC_SEQ_CST);
}

/* The longest prefix decides; -1 for a path that is in no place. */
static int place_of(const char *path) {
    int place = -1;
    size_t longest = 0;
    for (uint32_t i = 0; i < control->prefixes && i < PREFIXES; i++) {
        const char *prefix = control->prefix[i].path;
        size_t length = strlen(prefix);
        if (length > longest && strncmp(path, prefix, length) == 0 && (path[length] == '/' || path[length] == 0 || path[length] == ' ')) {
            longest = length;
            place = (int) control->prefix[i].place;
        }
    }
    return place < PLACES ? place : -1;
}

static const char *of_descriptor(int fd, char *room) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, room, (long) PATH_MAX - 1);
    if (length <= 0) return NULL;
    room[length] = 0;
    return room;
}

/* What lies in a directory that is held open. */
static const char *through_descriptor(const char *name, char *room) {
    char *rest;
    long fd = strtol(name + sizeof "/proc/self/fd/" - 1, &rest, 10);
    if (*rest != '/' && *rest != 0) return name;
    if (of_descriptor((int) fd, room) == NULL) return NULL;
    size_t length = strlen(room);
    snprintf(room + length, PATH_MAX - length, "%s", rest);
    return room;
}

static const char *of_name(int directory, const char *name, char *room) {
    if (name != NULL && strncmp(name, "/proc/self/fd/", sizeof "/proc/self/fd/" - 1) == 0) return through_descriptor(name, room);
    if (name == NULL || name[0] == '/') return name;
    if (directory == AT_FDCWD) {
        long length = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/cwd", room, (long) PATH_MAX - 1);
        if (length <= 0) return NULL;
        room[length] = 0;
    } else if (of_descriptor(directory, room) == NULL) {
        return NULL;
    }
    size_t length = strlen(room);
    snprintf(room + length, PATH_MAX - length, "/%s", name);
    return room;
}

enum verdict { PASS, HALF, FAIL };

static enum verdict judge(enum call call, const char *path, const char *function) {
    if (path == NULL) return PASS;
    int place = place_of(path);
    if (place < 0) return PASS;
    __atomic_add_fetch(&control->counts[place][call], 1, __ATOMIC_RELAXED);
    if (control->state != ARMED || !(control->calls >> call & 1) || !(control->places >> place & 1)) return PASS;
    uint32_t number = __atomic_add_fetch(&control->met, 1, __ATOMIC_SEQ_CST);
    if (control->on ? number < control->nth : number != control->nth) return PASS;
    uint32_t before = __atomic_fetch_add(&control->failed, 1, __ATOMIC_SEQ_CST);
    if (before < TOLD) snprintf(control->told[before], TEXT, "%s %.200s", function, path);
    if (control->half && (before == 0 || control->error == 0)) return HALF;
    errno = control->error;
    return control->error == 0 ? PASS : FAIL;
}

#define WATCHING (control != NULL && control->state != OFF)

static enum verdict judge_descriptor(enum call call, int fd, const char *function) {
    char room[PATH_MAX];
    int before = errno;
    const char *path = of_descriptor(fd, room);
    errno = before;
    return judge(call, path, function);
}

static enum verdict judge_name(enum call call, int directory, const char *name, const char *function) {
    char room[2 * PATH_MAX];
    int before = errno;
    const char *path = of_name(directory, name, room);
    errno = before;
    return judge(call, path, function);
}

/* The next definition of the function behind this one. */
#define NEXT(name) \
    static __typeof__(&name) next; \
    if (next == NULL) next = (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

/* A half of one byte would be none, which means the end of the file. */
static size_t half_of(size_t bytes) { return bytes > 1 ? bytes / 2 : bytes; }

#define TRANSFER(name, call, parameters, fd, count, arguments) \
    ssize_t name parameters { \
        NEXT(name); \
        if (WATCHING) { \
            enum verdict verdict = judge_descriptor(call, fd, #name); \
            if (verdict == FAIL) return -1; \
            if (verdict == HALF) count = half_of(count); \
        } \
        return next arguments; \
    }

TRANSFER(read, READ, (int fd, void *to, size_t count), fd, count, (fd, to, count))
TRANSFER(pread, READ, (int fd, void *to, size_t count, off_t at), fd, count, (fd, to, count, at))
TRANSFER(pread64, READ, (int fd, void *to, size_t count, off64_t at), fd, count, (fd, to, count, at))
TRANSFER(write, WRITE, (int fd, const void *from, size_t count), fd, count, (fd, from, count))
TRANSFER(pwrite, WRITE, (int fd, const void *from, size_t count, off_t at), fd, count, (fd, from, count, at))
TRANSFER(pwrite64, WRITE, (int fd, const void *from, size_t count, off64_t at), fd, count, (fd, from, count, at))
TRANSFER(sendfile, COPY, (int fd, int in, off_t *at, size_t count), fd, count, (fd, in, at, count))
TRANSFER(sendfile64, COPY, (int fd, int in, off64_t *at, size_t count), fd, count, (fd, in, at, count))
TRANSFER(copy_file_range, COPY, (int in, off64_t *from, int fd, off64_t *at, size_t count, unsigned flags), fd, count, (in, from, fd, at, count, flags))

/* A vector of half the length: at least its first part, or half of an only one. */
#define VECTOR(name, call, parameters, arguments, first_arguments) \
    ssize_t name parameters { \
        NEXT(name); \
        if (WATCHING) { \
            enum verdict verdict = judge_descriptor(call, fd, #name); \
            if (verdict == FAIL) return -1; \
            if (verdict == HALF && parts > 1) parts = parts / 2; \
            else if (verdict == HALF && parts == 1) { \
                struct iovec first = {vector[0].iov_base, half_of(vector[0].iov_len)}; \
                return next first_arguments; \
            } \
        } \
        return next arguments; \
    }

VECTOR(readv, READ, (int fd, const struct iovec *vector, int parts), (fd, vector, parts), (fd, &first, 1))
VECTOR(writev, WRITE, (int fd, const struct iovec *vector, int parts), (fd, vector, parts), (fd, &first, 1))
VECTOR(preadv, READ, (int fd, const struct iovec *vector, int parts, off_t at), (fd, vector, parts, at), (fd, &first, 1, at))
VECTOR(preadv64, READ, (int fd, const struct iovec *vector, int parts, off64_t at), (fd, vector, parts, at), (fd, &first, 1, at))
VECTOR(pwritev, WRITE, (int fd, const struct iovec *vector, int parts, off_t at), (fd, vector, parts, at), (fd, &first, 1, at))
VECTOR(pwritev64, WRITE, (int fd, const struct iovec *vector, int parts, off64_t at), (fd, vector, parts, at), (fd, &first, 1, at))

#define BY_DESCRIPTOR(name, call, parameters, arguments) \
    int name parameters { \
        NEXT(name); \
        if (WATCHING && judge_descriptor(call, fd, #name) == FAIL) return -1; \
        return next arguments; \
    }

BY_DESCRIPTOR(fsync, SYNC, (int fd), (fd))
BY_DESCRIPTOR(fdatasync, SYNC, (int fd), (fd))
BY_DESCRIPTOR(sync_file_range, SYNC, (int fd, off64_t at, off64_t count, unsigned flags), (fd, at, count, flags))
BY_DESCRIPTOR(ftruncate, TRUNCATE, (int fd, off_t size), (fd, size))
BY_DESCRIPTOR(ftruncate64, TRUNCATE, (int fd, off64_t size), (fd, size))
BY_DESCRIPTOR(fallocate, TRUNCATE, (int fd, int mode, off_t at, off_t count), (fd, mode, at, count))
BY_DESCRIPTOR(fallocate64, TRUNCATE, (int fd, int mode, off64_t at, off64_t count), (fd, mode, at, count))
BY_DESCRIPTOR(fchmod, MODE, (int fd, mode_t mode), (fd, mode))
BY_DESCRIPTOR(fchown, MODE, (int fd, uid_t user, gid_t group), (fd, user, group))

/* These two tell the error in what they return. */
#define ALLOCATES(name, offset) \
    int name(int fd, offset at, offset count) { \
        NEXT(name); \
        if (WATCHING && judge_descriptor(TRUNCATE, fd, #name) == FAIL) return control->error; \
        return next(fd, at, count); \
    }

ALLOCATES(posix_fallocate, off_t)
ALLOCATES(posix_fallocate64, off64_t)

/* The descriptor is closed all the same, as Linux does it. */
int close(int fd) {
    NEXT(close);
    enum verdict verdict = WATCHING ? judge_descriptor(CLOSE, fd, "close") : PASS;
    int error = errno;
    int closed = next(fd);
    if (verdict != FAIL) return closed;
    errno = error;
    return -1;
}

#define MAPS(name, offset) \
    void *name(void *to, size_t count, int protection, int flags, int fd, offset at) { \
        NEXT(name); \
        if (WATCHING && fd >= 0 && judge_descriptor(MAP, fd, #name) == FAIL) return MAP_FAILED; \
        return next(to, count, protection, flags, fd, at); \
    }

MAPS(mmap, off_t)
MAPS(mmap64, off64_t)

static enum call opening(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) ? CREATE : OPEN;
}

#define OPENS(name, parameters, directory, arguments) \
    int name parameters { \
        NEXT(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        if (WATCHING && judge_name(opening(flags), directory, path, #name) == FAIL) return -1; \
        return next arguments; \
    }

OPENS(open, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPENS(openat, (int directory, const char *path, int flags, ...), directory, (directory, path, flags, mode))
OPENS(openat64, (int directory, const char *path, int flags, ...), directory, (directory, path, flags, mode))

#define BY_NAME(name, call, parameters, directory, arguments) \
    int name parameters { \
        NEXT(name); \
        if (WATCHING && judge_name(call, directory, path, #name) == FAIL) return -1; \
        return next arguments; \
    }

BY_NAME(creat, CREATE, (const char *path, mode_t mode), AT_FDCWD, (path, mode))
BY_NAME(rename, RENAME, (const char *from, const char *path), AT_FDCWD, (from, path))
BY_NAME(renameat, RENAME, (int old, const char *from, int directory, const char *path), directory, (old, from, directory, path))
BY_NAME(renameat2, RENAME, (int old, const char *from, int directory, const char *path, unsigned flags), directory, (old, from, directory, path, flags))
BY_NAME(link, LINK, (const char *from, const char *path), AT_FDCWD, (from, path))
BY_NAME(linkat, LINK, (int old, const char *from, int directory, const char *path, int flags), directory, (old, from, directory, path, flags))
BY_NAME(symlink, LINK, (const char *from, const char *path), AT_FDCWD, (from, path))
BY_NAME(symlinkat, LINK, (const char *from, int directory, const char *path), directory, (from, directory, path))
BY_NAME(unlink, UNLINK, (const char *path), AT_FDCWD, (path))
BY_NAME(unlinkat, UNLINK, (int directory, const char *path, int flags), directory, (directory, path, flags))
BY_NAME(remove, UNLINK, (const char *path), AT_FDCWD, (path))
BY_NAME(rmdir, UNLINK, (const char *path), AT_FDCWD, (path))
BY_NAME(truncate, TRUNCATE, (const char *path, off_t size), AT_FDCWD, (path, size))
BY_NAME(truncate64, TRUNCATE, (const char *path, off64_t size), AT_FDCWD, (path, size))
BY_NAME(mkdir, MKDIR, (const char *path, mode_t mode), AT_FDCWD, (path, mode))
BY_NAME(mkdirat, MKDIR, (int directory, const char *path, mode_t mode), directory, (directory, path, mode))
BY_NAME(chmod, MODE, (const char *path, mode_t mode), AT_FDCWD, (path, mode))
BY_NAME(fchmodat, MODE, (int directory, const char *path, mode_t mode, int flags), directory, (directory, path, mode, flags))
BY_NAME(chown, MODE, (const char *path, uid_t user, gid_t group), AT_FDCWD, (path, user, group))
BY_NAME(lchown, MODE, (const char *path, uid_t user, gid_t group), AT_FDCWD, (path, user, group))
BY_NAME(fchownat, MODE, (int directory, const char *path, uid_t user, gid_t group, int flags), directory, (directory, path, user, group, flags))

/* Reads of what a file is. Programs built for an older C library call the __xstat family. */
int __xstat64(int version, const char *path, struct stat64 *to);
int __lxstat64(int version, const char *path, struct stat64 *to);
int __fxstat64(int version, int fd, struct stat64 *to);
BY_NAME(__xstat64, STAT, (int version, const char *path, struct stat64 *to), AT_FDCWD, (version, path, to))
BY_NAME(__lxstat64, STAT, (int version, const char *path, struct stat64 *to), AT_FDCWD, (version, path, to))
BY_DESCRIPTOR(__fxstat64, STAT, (int version, int fd, struct stat64 *to), (version, fd, to))
BY_NAME(stat, STAT, (const char *path, struct stat *to), AT_FDCWD, (path, to))
BY_NAME(lstat, STAT, (const char *path, struct stat *to), AT_FDCWD, (path, to))
BY_DESCRIPTOR(fstat, STAT, (int fd, struct stat *to), (fd, to))
BY_NAME(stat64, STAT, (const char *path, struct stat64 *to), AT_FDCWD, (path, to))
BY_NAME(lstat64, STAT, (const char *path, struct stat64 *to), AT_FDCWD, (path, to))
BY_DESCRIPTOR(fstat64, STAT, (int fd, struct stat64 *to), (fd, to))
BY_NAME(fstatat, STAT, (int directory, const char *path, struct stat *to, int flags), directory, (directory, path, to, flags))
BY_NAME(fstatat64, STAT, (int directory, const char *path, struct stat64 *to, int flags), directory, (directory, path, to, flags))
BY_NAME(access, STAT, (const char *path, int mode), AT_FDCWD, (path, mode))

int statx(int directory, const char *path, int flags, unsigned mask, struct statx *to) {
    NEXT(statx);
    if (WATCHING) {
        enum verdict verdict = path != NULL && path[0] == 0 && (flags & AT_EMPTY_PATH)
            ? judge_descriptor(STAT, directory, "statx") : judge_name(STAT, directory, path, "statx");
        if (verdict == FAIL) return -1;
    }
    return next(directory, path, flags, mask, to);
}

DIR *opendir(const char *path) {
    NEXT(opendir);
    if (WATCHING && judge_name(LIST, AT_FDCWD, path, "opendir") == FAIL) return NULL;
    return next(path);
}

DIR *fdopendir(int fd) {
    NEXT(fdopendir);
    if (WATCHING && judge_descriptor(LIST, fd, "fdopendir") == FAIL) return NULL;
    return next(fd);
}

#define LISTS(name, entry) \
    struct entry *name(DIR *directory) { \
        NEXT(name); \
        if (WATCHING && judge_descriptor(LIST, dirfd(directory), #name) == FAIL) return NULL; \
        return next(directory); \
    }

LISTS(readdir, dirent)
LISTS(readdir64, dirent64)

/* What Java calls as a foreign function it looks for in the C library itself, past us. */
void *dlsym(void *library, const char *name) {
    static void *(*next)(void *, const char *);
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5"};
    for (size_t i = 0; next == NULL && i < sizeof versions / sizeof *versions; i++) {
        next = (void *(*)(void *, const char *)) dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    }
    if (library != RTLD_NEXT && library != RTLD_DEFAULT) {
        if (strcmp(name, "fsync") == 0) return (void *) fsync;
        if (strcmp(name, "open") == 0) return (void *) open;
        if (strcmp(name, "close") == 0) return (void *) close;
    }
    return next(library, name);
}
