/* Layer between SQLite and the C library that keeps a journal of what was written to the files of one folder and of what
 * was made durable, so that a test can work out what a power loss at any moment may leave: everything from before the
 * last fsync of each file, and of the rest an arbitrary part.
 *
 * POWER_DIR is the folder, POWER_JOURNAL the journal, and POWER_CUT, where it is set, the number of the entry behind which
 * the process ends itself by SIGKILL. POWER_FAULTS, where it is set, is a file of which the test writes the first bytes at any
 * time: while the first is not 0 the disk is full, while the second is not 0 every fsync fails. Behind them, from byte 8 on,
 * stand two 64-bit numbers: how many calls have failed by the one and by the other.
 *
 * An entry is a header of four 64-bit words (kind, inode, a, b), then b bytes where b is the length of something. A write
 * is noted before it is done, an fsync when it begins and again when it has succeeded: what the journal calls durable is.
 * After an fsync that failed, nobody knows of the writes before it: the kernel may have forgotten them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 1, CREATED, WRITTEN, TRUNCATED, SYNC_BEGINS, SYNCED, UNLINKED, SYNC_FAILED };

#define FDS 4096

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static const char *folder;
static size_t folder_length;
static long cut, entries;
static struct faults {
	volatile uint8_t full, no_sync, unused[6];
	uint64_t times_full, times_no_sync;
} none, *faults = &none;
static uint64_t inode[FDS]; /* of a file of the folder, or of the folder itself; 0 otherwise */

static int (*next_open)(const char *, int, ...);
static int (*next_close)(int);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*next_write)(int, const void *, size_t);
static int (*next_ftruncate)(int, off_t);
static int (*next_fsync)(int);
static int (*next_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
	next_open = dlsym(RTLD_NEXT, "open64");
	next_close = dlsym(RTLD_NEXT, "close");
	next_pwrite = dlsym(RTLD_NEXT, "pwrite64");
	next_write = dlsym(RTLD_NEXT, "write");
	next_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
	next_fsync = dlsym(RTLD_NEXT, "fsync");
	next_unlink = dlsym(RTLD_NEXT, "unlink");
	folder = getenv("POWER_DIR");
	const char *path = getenv("POWER_JOURNAL");
	if (!folder || !path)
		return;
	folder_length = strlen(folder);
	if (getenv("POWER_CUT"))
		cut = atol(getenv("POWER_CUT"));
	if (getenv("POWER_FAULTS")) {
		int fd = next_open(getenv("POWER_FAULTS"), O_RDWR | O_CLOEXEC);
		void *page = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (page == MAP_FAILED)
			abort(); /* as below */
		faults = page;
	}
	journal = next_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* note adds an entry. The mutex makes the order of entries that of the calls. */
static void note(uint64_t kind, uint64_t file, uint64_t a, uint64_t b, const void *data) {
	uint64_t header[4] = {kind, file, a, b};
	struct iovec parts[2] = {{header, sizeof header}, {(void *)data, data ? b : 0}};
	pthread_mutex_lock(&mutex);
	ssize_t want = sizeof header + (data ? b : 0);
	if (writev(journal, parts, 2) != want)
		abort(); /* without its journal the layer proves nothing */
	if (++entries == cut) {
		kill(getpid(), SIGKILL);
		for (;;)
			pause();
	}
	pthread_mutex_unlock(&mutex);
}

static uint64_t known(int fd) { return journal >= 0 && fd >= 0 && fd < FDS ? inode[fd] : 0; }

/* of_folder returns the name in the folder that a path means, "" for the folder itself, NULL for anything else. The index of
 * the write-ahead log is memory, and files beyond one level are none of the database's. */
static const char *of_folder(const char *path) {
	if (journal < 0 || strncmp(path, folder, folder_length) != 0)
		return NULL;
	const char *name = path + folder_length;
	if (*name == 0)
		return name;
	if (*name++ != '/' || strchr(name, '/'))
		return NULL;
	size_t n = strlen(name);
	return n > 4 && strcmp(name + n - 4, "-shm") == 0 ? NULL : name;
}

static int opened(const char *path, int flags, mode_t mode) {
	const char *name = of_folder(path);
	struct stat st;
	int existed = name ? stat(path, &st) == 0 : 1;
	int fd = next_open(path, flags, mode);
	if (fd < 0 || !name || fd >= FDS || fstat(fd, &st) != 0)
		return fd;
	inode[fd] = st.st_ino;
	if (*name)
		note(existed ? OPENED : CREATED, st.st_ino, 0, strlen(name), name);
	if (existed && flags & O_TRUNC && *name)
		note(TRUNCATED, st.st_ino, 0, 0, NULL);
	return fd;
}

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

int open(const char *path, int flags, ...) {
	va_list more;
	va_start(more, flags);
	mode_t mode = mode_of(flags, more);
	va_end(more);
	return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
	va_list more;
	va_start(more, flags);
	mode_t mode = mode_of(flags, more);
	va_end(more);
	return opened(path, flags, mode);
}

int close(int fd) {
	if (fd >= 0 && fd < FDS)
		inode[fd] = 0;
	return next_close(fd);
}

static int full(void) {
	if (!faults->full)
		return 0;
	__atomic_add_fetch(&faults->times_full, 1, __ATOMIC_SEQ_CST);
	errno = ENOSPC;
	return 1;
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
	uint64_t file = known(fd);
	if (file && full())
		return -1;
	if (file)
		note(WRITTEN, file, at, n, data);
	return next_pwrite(fd, data, n, at);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return pwrite64(fd, data, n, at); }

ssize_t write(int fd, const void *data, size_t n) {
	uint64_t file = known(fd);
	if (file && full())
		return -1;
	if (file)
		note(WRITTEN, file, lseek(fd, 0, SEEK_CUR), n, data);
	return next_write(fd, data, n);
}

int ftruncate64(int fd, off64_t size) {
	uint64_t file = known(fd);
	if (file)
		note(TRUNCATED, file, size, 0, NULL);
	return next_ftruncate(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
	uint64_t file = known(fd);
	if (!file)
		return next_fsync(fd);
	note(SYNC_BEGINS, file, syscall(SYS_gettid), 0, NULL);
	int result = next_fsync(fd);
	if (faults->no_sync) {
		__atomic_add_fetch(&faults->times_no_sync, 1, __ATOMIC_SEQ_CST);
		errno = EIO;
		result = -1;
	}
	int why = errno;
	note(result == 0 ? SYNCED : SYNC_FAILED, file, syscall(SYS_gettid), 0, NULL);
	errno = why;
	return result;
}

int fdatasync(int fd) { return fsync(fd); }

int unlink(const char *path) {
	const char *name = of_folder(path);
	if (name && *name)
		note(UNLINKED, 0, 0, strlen(name), name);
	return next_unlink(path);
}
