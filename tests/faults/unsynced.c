/* Keeps each file of a folder as of its last fsync: a test gives that back after a kill.

   Preloaded into a gateway. UNSYNCED_FOLDER is the store's folder, UNSYNCED_SHADOW the folder of
   the copies. What is written to a file is noted as ranges; fsync and fdatasync carry them to the copy.
   A file that is renamed or removed is so in the copies at once: a journalled file system keeps
   the order of these by itself. Children are not watched. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 64
#define RANGES 65536

struct file {
    char name[256];
    int whole; /* more ranges than there is room for, or nothing copied yet */
    int count;
    struct { off_t from, to; } ranges[RANGES];
};

static char folder[PATH_MAX], shadow[PATH_MAX];
static size_t folder_length;
static int active;
static struct file *files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);

static void forget(void) { active = 0; }

__attribute__((constructor)) static void begin(void) {
    const char *watched = getenv("UNSYNCED_FOLDER"), *copies = getenv("UNSYNCED_SHADOW");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_write = dlsym(RTLD_NEXT, "write");
    if (!watched || !copies || !realpath(watched, folder) || !realpath(copies, shadow)) return;
    folder_length = strlen(folder);
    pthread_atfork(NULL, NULL, forget);
    active = 1;
}

/* The name of a file of the folder; NULL for any other. */
static const char *name_in_folder(const char *path) {
    if (strncmp(path, folder, folder_length) || path[folder_length] != '/') return NULL;
    const char *name = path + folder_length + 1;
    return *name && !strchr(name, '/') ? name : NULL;
}

static const char *name_of(int fd, char *path) {
    struct stat about;
    char link[64];
    if (!active || fstat(fd, &about) || !S_ISREG(about.st_mode)) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return name_in_folder(path);
}

/* Called with the lock. */
static struct file *file_of(const char *name) {
    for (int i = 0; i < FILES; i++) {
        if (!files[i]) {
            files[i] = calloc(1, sizeof *files[i]);
            if (!files[i]) return NULL;
            snprintf(files[i]->name, sizeof files[i]->name, "%s", name);
            files[i]->whole = 1;
            return files[i];
        }
        if (!strcmp(files[i]->name, name)) return files[i];
    }
    return NULL;
}

static void note(int fd, off_t from, off_t length) {
    char path[PATH_MAX];
    const char *name = length > 0 ? name_of(fd, path) : NULL;
    if (!name) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(name);
    if (file && file->count == RANGES) file->whole = 1;
    if (file && !file->whole) {
        file->ranges[file->count].from = from;
        file->ranges[file->count++].to = from + length;
    }
    pthread_mutex_unlock(&lock);
}

static void copy(int from, int to, off_t start, off_t end) {
    static char buffer[1 << 16];
    while (start < end) {
        size_t most = end - start < (off_t)sizeof buffer ? (size_t)(end - start) : sizeof buffer;
        ssize_t length = pread(from, buffer, most, start);
        if (length <= 0 || real_pwrite(to, buffer, length, start) != length) return;
        start += length;
    }
}

static void keep(int fd) {
    char path[PATH_MAX], copied[PATH_MAX + 300];
    struct stat about;
    const char *name = name_of(fd, path);
    if (!name || fstat(fd, &about)) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(name);
    snprintf(copied, sizeof copied, "%s/%s", shadow, name);
    int to = file ? open(copied, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    /* The descriptor may be for writing alone: the file is read by one of our own. */
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (to >= 0 && from >= 0) {
        if (file->whole) copy(from, to, 0, about.st_size);
        for (int i = 0; i < file->count && !file->whole; i++)
            copy(from, to, file->ranges[i].from, file->ranges[i].to);
        int (*real_ftruncate)(int, off_t) = dlsym(RTLD_NEXT, "ftruncate");
        if (!real_ftruncate(to, about.st_size)) file->whole = file->count = 0;
    }
    if (to >= 0) close(to);
    if (from >= 0) close(from);
    pthread_mutex_unlock(&lock);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    ssize_t done = real_pwrite(fd, data, length, at);
    note(fd, at, done);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t at) {
    return pwrite(fd, data, length, at);
}

ssize_t write(int fd, const void *data, size_t length) {
    ssize_t done = real_write(fd, data, length);
    if (active && done > 0) {
        off_t end = lseek(fd, 0, SEEK_CUR);
        if (end >= done) note(fd, end - done, done);
    }
    return done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    ssize_t (*real)(int, const struct iovec *, int, off_t) = dlsym(RTLD_NEXT, "pwritev");
    ssize_t done = real(fd, parts, count, at);
    note(fd, at, done);
    return done;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
    return pwritev(fd, parts, count, at);
}

static void cut(int fd, off_t length) {
    /* What is noted beyond the new end is cut; the file's size is carried at the next fsync. */
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (!name) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(name);
    for (int i = 0; file && i < file->count; i++)
        if (file->ranges[i].to > length) file->ranges[i].to = length;
    pthread_mutex_unlock(&lock);
}

int ftruncate(int fd, off_t length) {
    int (*real)(int, off_t) = dlsym(RTLD_NEXT, "ftruncate");
    int failed = real(fd, length);
    if (!failed) cut(fd, length);
    return failed;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int fsync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    int failed = real(fd);
    if (!failed) keep(fd);
    return failed;
}

int fdatasync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int failed = real(fd);
    if (!failed) keep(fd);
    return failed;
}

int msync(void *at, size_t length, int flags) {
    /* Only the index of the log is written through a mapping, and it is made anew. */
    int (*real)(void *, size_t, int) = dlsym(RTLD_NEXT, "msync");
    return real(at, length, flags);
}

static void gone(const char *name) {
    char copied[PATH_MAX + 300];
    snprintf(copied, sizeof copied, "%s/%s", shadow, name);
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    real(copied);
    pthread_mutex_lock(&lock);
    struct file *file = file_of(name);
    if (file) { file->whole = 1; file->count = 0; }
    pthread_mutex_unlock(&lock);
}

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    int failed = real(path);
    const char *name = active && !failed ? name_in_folder(path) : NULL;
    if (name) gone(name);
    return failed;
}

int rename(const char *from, const char *to) {
    char before[PATH_MAX + 300], after[PATH_MAX + 300];
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    int failed = real(from, to);
    const char *old = active && !failed ? name_in_folder(from) : NULL;
    const char *new = active && !failed ? name_in_folder(to) : NULL;
    if (old && new) {
        snprintf(before, sizeof before, "%s/%s", shadow, old);
        snprintf(after, sizeof after, "%s/%s", shadow, new);
        real(before, after);
        pthread_mutex_lock(&lock);
        struct file *file = file_of(new);
        if (file) { file->whole = 1; file->count = 0; }
        pthread_mutex_unlock(&lock);
    }
    return failed;
}
