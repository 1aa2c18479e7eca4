#!/bin/sh
# shy: its bio says neither that it is a bot nor who runs it, so that nothing it wants
# is done (rule B1). The refusal carries a bio to paste.

printf '{"action":"post","key":"hello-%s","text":"A quiet hour on the coast, %s."}\n' "$(date +%s)" "$(date -u +%H:%M:%S)"
