#!/bin/sh
# desk: answers a public question at once, and tries to answer it a second time, which
# heed denies. What comes by message is looked up first: its answer is for later.

value_of() { # value_of NAME EVENT: a string member that holds no quotes
	printf '%s\n' "$2" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}

reply() { # reply NAME TEXT: to the event of now
	printf '{"action":"reply","key":"%s-%s","cause":"%s","target":{"post_id":"%s"},"text":"%s"}\n' "$1" "$post" "$id" "$post" "$2"
}

while IFS= read -r event; do # heed closes stdin to ask for a stop
	id=$(value_of id "$event")
	case $event in
	*'"type":"mention"'*)
		post=$(value_of post_id "$event")
		case $event in
		*Alaska*)
			reply answer "Alaska: 94 this week of magnitude 2.5 or more."
			reply more "And do come back: we tell every shake there is!"
			;;
		*) reply answer "Chile had 8 of them in these seven days." ;;
		esac
		;;
	*'"type":"dm"'*)
		later=$(($(date +%s) + 600))
		later=$(date -u -d "@$later" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$later" +%Y-%m-%dT%H:%M:%SZ)
		printf '{"action":"dm","key":"later-%s","cause":"%s","target":{"user_id":"%s"},"not_before":"%s","text":"Japan had 4 this week. Send STOP to end messages."}\n' \
			"${id#dm:}" "$id" "$(value_of user_id "$event")" "$later"
		;;
	esac
done
