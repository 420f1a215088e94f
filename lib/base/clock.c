#include "lib/base/clock.h"
