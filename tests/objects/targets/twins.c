/* CO-RE target: several types of one essential name. Those of `shape` agree on all but the place of
 * `serial`, a third has none of the fields; the two enums give one enumerator different values. */
#include "target.h"

struct point {
	int x, y;
};
struct point___second {
	int x, y;
};
struct point___third {
	char nothing_alike;
};

enum mood { MOOD_CALM, MOOD_WILD = 7, MOOD_GONE = -2 };
enum mood___second { MOOD_CALM___second, MOOD_WILD___second = 9 };
enum reach { REACH_NEAR = 1, REACH_FAR = 0x123456789abULL };
enum depth { DEPTH_LOW = -0x123456789abLL, DEPTH_HIGH = 5 };

typedef unsigned long long serial_t;
typedef struct {
	int hue, tone;
} colour_t;
typedef struct {
	int hue, tone;
} colour_t___second;
typedef int (*draw_t)(struct point *, long);

union value {
	int number;
	char text[8];
};

struct shape {
	unsigned int refs;
	int kind;
	struct shape *next;
	unsigned int visible : 1;
	unsigned int level : 7;
	struct point corner;
	long gap;
	serial_t serial;
};
struct shape___second {
	unsigned int refs;
	int kind;
	struct shape___second *next;
	unsigned int visible : 1;
	unsigned int level : 7;
	struct point___second corner;
	serial_t serial;
	long gap;
};
struct shape___third {
	char label[12];
};

struct gone {
	int field;
};

have(struct shape);
have(struct shape___second);
have(struct shape___third);
have(struct point___third);
have(struct gone);
have(enum reach);
have(enum depth);
have(enum mood);
have(enum mood___second);
have(union value);
have(colour_t);
have(colour_t___second);
