/* CO-RE target: the layout that the core_ objects themselves were compiled against. */
#include "target.h"
#include "../shape.h"

have(struct shape);
have(struct gone);
have(enum reach);
have(enum depth);
have(struct squeezed);
