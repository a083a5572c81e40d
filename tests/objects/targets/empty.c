/* CO-RE target: a kernel that knows none of the types. */
#include "target.h"

have(int);
