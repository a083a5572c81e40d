/* CO-RE target: the same fields elsewhere, in other nests, behind other typedefs and qualifiers. */
#include "target.h"

struct point {
	long before;
	int y, x;
};

enum mood { MOOD_NEW = 40, MOOD_GONE = -20, MOOD_WILD, MOOD_CALM };
enum reach { REACH_FAR = 0xabcdef0123456789ULL, REACH_NEAR = 3 };
enum depth { DEPTH_HIGH = 0x55555555555LL, DEPTH_LOW = -1 };

typedef unsigned long long u64;
typedef const u64 serial_t;
typedef struct {
	short new_one;
	int tone;
	int hue;
} colour_t;
struct other;
typedef long (*draw_t)(struct other *);

union value {
	char text[8];
	long long wide;
	int number;
};

struct shape {
	long padding;
	draw_t draw;
	struct {
		union {
			long long diameter;
			int radius;
		};
		colour_t colour;
	};
	_Bool ready;
	struct point path[6];
	volatile int kind;
	const unsigned int refs;
	char more[3];
	int tilt : 5;
	unsigned int : 3;
	unsigned int level : 7;
	unsigned int visible : 1;
	struct {
		struct {
			char deeper;
			char gap;
			short deep;
		} __attribute__((packed));
	};
	unsigned long long hole : 11;
	unsigned long long stamp : 40;
	struct shape *volatile next;
	int grid[4][7];
	char label[20];
	serial_t serial;
	enum mood mood;
	const char *const title;
	union value value;
	unsigned char small;
	struct point corner;
	long tail[];
};

struct gone {
	long shift;
	int field;
};

struct squeezed {
	unsigned char lead : 7;
	unsigned char byte : 7;
	int negative : 23;
	unsigned short half : 13;
	unsigned int word : 14;
	unsigned long long wide : 40;
} __attribute__((packed));

have(struct squeezed);
have(struct shape);
have(struct gone);
have(enum reach);
have(enum depth);
