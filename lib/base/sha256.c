#include "lib/base/sha256.h"
