#include "lib/base/url.h"
