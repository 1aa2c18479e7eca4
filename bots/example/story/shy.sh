#!/bin/sh
# shy: its bio says neither that it is a bot nor who runs it, so that nothing it wants
# is done (rule B1). The refusal carries a bio to paste.

while IFS= read -r event; do # heed closes stdin to ask for a stop
	case $event in
	*'"type":"mention"'*) printf '{"action":"post","key":"hello","text":"A quiet hour on the coast."}\n' ;;
	esac
done
