// oracle: types same moved
// oracle: refused
// FIELD_SIGNED of an array's element: of element 0 it is answered by the array's own type, of any
// other it cannot be asked.
#include "oracle.h"
#include "shape.h"

answers(1);

SEC("raw_tp/array_signed")
int array_signed(void *ctx)
{
	answer[0] = __builtin_preserve_field_info(((struct shape *)0)->grid[1][2], BPF_FIELD_SIGNED);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
