// SPDX-License-Identifier: GPL-2.0-only
/* What both codecs share. */
#include "codec.h"

#include <stdlib.h>

void codec_free(struct request *request)
{
	free(request->method);
	value_put(request->params);
	value_put(request->id);
	*request = (struct request){0};
}
