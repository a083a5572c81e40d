/* CO-RE target: types of the right names with most of their fields and enumerators missing, or
 * of a kind that does not match. */
#include "target.h"

struct point {
	int x;
};

enum mood { MOOD_CALM };
enum reach { REACH_NEAR = 9 };
struct depth {
	int not_an_enum;
};

typedef struct {
	int tone;
} colour_t;

struct shape {
	unsigned int refs;
	struct point corner;
	struct point *path;
	int *grid;
	struct {
		int radius;
	} nested;
	struct point title;
	unsigned int level : 7;
	struct shape *next;
	int kind[2];
};

union gone {
	int field;
};
union value {
	int number;
};

have(struct shape);
have(union gone);
have(union value);
have(enum reach);
have(struct depth);
have(enum mood);
have(colour_t);
