/* Points at which a process can be killed: before and after every system call of the C library that writes or sends.
 *
 * Preloaded into the processes of mortal.py. Nothing is counted until mortal_arm(at) was called; at the count `at` the
 * process sends itself SIGKILL, so that nothing is flushed, closed or abandoned. `at` 0: only count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int armed;
static long points, die_at;

void mortal_arm(long at) { points = 0; die_at = at; armed = 1; }
long mortal_points(void) { return __atomic_load_n(&points, __ATOMIC_SEQ_CST); }

static void point(void)
{
    if (armed && __atomic_add_fetch(&points, 1, __ATOMIC_SEQ_CST) == die_at)
        kill(getpid(), SIGKILL);
}

#define AROUND(type, name, parameters, arguments)                                                      \
    type name parameters                                                                               \
    {                                                                                                  \
        static type (*real) parameters;                                                                \
        if (!real) real = (type (*) parameters)dlsym(RTLD_NEXT, #name);                                \
        point();                                                                                       \
        type done = real arguments;                                                                    \
        int error = errno;                                                                             \
        point();                                                                                       \
        errno = error;                                                                                 \
        return done;                                                                                   \
    }

/* Threads wake one another by writing to an eventfd, which has no type of file: nothing leaves the process there, and how
 * often it happens differs from run to run. */
static int leaves(int fd)
{
    struct stat what;
    return fstat(fd, &what) == 0 && (what.st_mode & S_IFMT) != 0;
}

ssize_t write(int fd, const void *data, size_t n)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    int counted = leaves(fd);
    if (counted) point();
    ssize_t done = real(fd, data, n);
    int error = errno; /* kept: the caller reads it */
    if (counted) point();
    errno = error;
    return done;
}

AROUND(ssize_t, writev, (int fd, const struct iovec *data, int n), (fd, data, n))
AROUND(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at))
AROUND(ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at))
AROUND(ssize_t, send, (int fd, const void *data, size_t n, int flags), (fd, data, n, flags))
AROUND(ssize_t, sendto, (int fd, const void *data, size_t n, int flags, const struct sockaddr *to, socklen_t size),
       (fd, data, n, flags, to, size))
AROUND(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
AROUND(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
AROUND(int, shutdown, (int fd, int how), (fd, how))
AROUND(int, fsync, (int fd), (fd))
AROUND(int, fdatasync, (int fd), (fd))
AROUND(int, ftruncate, (int fd, off_t size), (fd, size))
AROUND(int, ftruncate64, (int fd, off64_t size), (fd, size))
AROUND(int, rename, (const char *from, const char *to), (from, to))
AROUND(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
AROUND(int, unlink, (const char *path), (path))
AROUND(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
AROUND(int, mkdir, (const char *path, mode_t mode), (path, mode))
AROUND(int, rmdir, (const char *path), (path))
AROUND(int, chmod, (const char *path, mode_t mode), (path, mode))
AROUND(int, fchmod, (int fd, mode_t mode), (fd, mode))

/* Opening writes only where it makes or empties a file. */
#define OPENING(name, parameters, last, arguments)                                                     \
    int name parameters                                                                                \
    {                                                                                                  \
        static int (*real) parameters;                                                                 \
        if (!real) real = (int (*) parameters)dlsym(RTLD_NEXT, #name);                                 \
        mode_t mode = 0;                                                                               \
        int writes = flags & (O_CREAT | O_TRUNC);                                                      \
        if (flags & O_CREAT) {                                                                         \
            va_list rest;                                                                              \
            va_start(rest, last);                                                                      \
            mode = va_arg(rest, mode_t);                                                               \
            va_end(rest);                                                                              \
        }                                                                                              \
        if (writes) point();                                                                           \
        int fd = real arguments;                                                                       \
        int error = errno;                                                                             \
        if (writes) point();                                                                           \
        errno = error;                                                                                 \
        return fd;                                                                                     \
    }

OPENING(open, (const char *path, int flags, ...), flags, (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), flags, (path, flags, mode))
OPENING(openat, (int folder, const char *path, int flags, ...), flags, (folder, path, flags, mode))
OPENING(openat64, (int folder, const char *path, int flags, ...), flags, (folder, path, flags, mode))
