// SQLite 3.35 or newer, for UPDATE … RETURNING (Debian: libsqlite3-dev).
#include <sqlite3.h>
