// libpng, of which only the simplified interface is used: its functions return an error, and never jump over their callers.
#include <png.h>
