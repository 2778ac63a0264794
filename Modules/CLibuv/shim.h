// libuv 1.44 or newer (Debian: libuv1-dev).
// _GNU_SOURCE as in CLinux: both see the same system headers, and two modules must not define one type differently.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <uv.h>
