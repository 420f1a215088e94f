#include "lib/base/utf8.h"
