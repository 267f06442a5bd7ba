// Only the simplified interface of libpng is used: its functions return errors and never longjmp
// over their callers.
#if !__has_include(<png.h>)
#error "libpng is not installed: png.h is missing. On Debian and Ubuntu: apt-get install libpng-dev"
#else
#include <png.h>
#endif
