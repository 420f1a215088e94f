#include "lib/base/json_write.h"
