#define _GNU_SOURCE
#include "runtime/engram.h"

#include <sys/stat.h>
#include <unistd.h>

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
