// libuv 1.44 or newer (Debian: libuv1-dev).
#include <uv.h>
