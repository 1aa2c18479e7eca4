#!/bin/sh
# circle: wants to follow everybody it knows of, at once. heed lets a few through and
# defers the rest, lets nobody be followed twice, and nobody who has said stop.
#
# FOLLOW  user ids, with blanks between them

run=$(date +%s)
for user in $FOLLOW; do
	printf '{"action":"follow","target":{"user_id":"%s"},"key":"follow-%s-%s"}\n' "$user" "$user" "$run"
done
