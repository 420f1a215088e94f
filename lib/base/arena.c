#include "lib/base/arena.h"
