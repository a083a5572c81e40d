/* CO-RE target: the same fields with other sizes and signs, bit fields that became integers and
 * integers that became bit fields. */
#include "target.h"

struct point {
	short x;
	long long y;
};

enum mood { MOOD_CALM = 200, MOOD_WILD = 0x7fffffffffLL, MOOD_GONE = -2 };
enum reach { REACH_NEAR = 1, REACH_FAR = 2 };
enum depth { DEPTH_LOW = 1, DEPTH_HIGH = 2 };

typedef unsigned int serial_t;
typedef struct {
	unsigned char hue;
	long long tone;
} colour_t;
typedef int (*draw_t)(struct point *);

union value {
	long long number;
	char text[3];
};

struct shape {
	serial_t serial;
	unsigned short kind;
	unsigned long long refs;
	struct point corner;
	struct point path[2];
	short grid[2][3];
	union {
		char radius;
		int diameter;
	};
	struct {
		long long deep;
		struct {
			short deeper;
		};
	};
	union value value;
	char label[4];
	struct shape *next;
	unsigned int visible;
	int level : 3;
	signed char tilt;
	unsigned int stamp : 30;
	unsigned int small : 4;
	enum mood mood;
	char title[8];
	draw_t draw;
	colour_t colour;
	unsigned long long ready;
	int tail[2];
};

struct gone {
	char field;
};

/* `word` needs nine bytes: no single load can hold it. */
struct squeezed {
	unsigned long long lead : 7;
	unsigned long long word : 60;
	unsigned char byte;
	unsigned int half;
	short negative;
	unsigned long long wide;
} __attribute__((packed));

have(struct squeezed);
have(struct shape);
have(struct gone);
have(enum reach);
have(enum depth);
