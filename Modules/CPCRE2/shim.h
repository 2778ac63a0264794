// PCRE2 10.34 or newer, for PCRE2_MATCH_INVALID_UTF (Debian: libpcre2-dev). Patterns and texts are bytes.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
