#define _GNU_SOURCE
#include "runtime/path.h"

#include "runtime/engram.h"

#include <sys/stat.h>
#include <unistd.h>

path_stamp path_stamp_of(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) return (path_stamp){0};
    return (path_stamp){
        .device = about.st_dev, .inode = about.st_ino, .bytes = (uint64_t)about.st_size,
        .written_s = about.st_mtim.tv_sec, .written_ns = about.st_mtim.tv_nsec,
    };
}

/* ---- Public ---- */

int eg_path_kind(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) return EG_PATH_NONE;
    if (S_ISREG(about.st_mode)) return EG_PATH_FILE;
    return S_ISDIR(about.st_mode) ? EG_PATH_FOLDER : EG_PATH_STREAM;
}

int eg_path_link(const char *path, char *target, uint32_t room)
{
    ssize_t bytes = readlink(path, target, room);
    return bytes < (ssize_t)room ? (int)bytes : -1;
}

int eg_path_copy_mode(const char *from, const char *to)
{
    const mode_t permissions = 0777;
    struct stat about;
    return stat(from, &about) == 0 && chmod(to, about.st_mode & permissions) == 0;
}
