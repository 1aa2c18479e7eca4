#!/bin/sh
# circle: wants to follow everybody on its operator's list, at once.
#
# FOLLOW  user ids, with blanks between them

while IFS= read -r event; do # heed closes stdin to ask for a stop
	case $event in
	*'"type":"mention"'*)
		for user in $FOLLOW; do
			printf '{"action":"follow","target":{"user_id":"%s"},"key":"follow-%s","reason":"on the list of people who work on earthquakes"}\n' "$user" "$user"
		done
		;;
	esac
done
