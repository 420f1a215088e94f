#include "lib/base/buf.h"
