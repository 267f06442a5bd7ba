// libpng, of which only the simplified interface is used: its functions return an error, and never jump over their callers.
#if !__has_include(<png.h>)
#error "libpng is not installed: png.h is missing. On Debian and Ubuntu: apt-get install libpng-dev"
#else
#include <png.h>
#endif
