#!/bin/sh
# A bot for heed: it says hello once, and answers who mentions it.
#
# heed gives events on stdin and takes wishes on stdout, one JSON object a line. It
# judges each wish, and does itself what is allowed; there is no key of X's here.

cd "$HEED_STATE_DIR" || exit 75 # the bot's own folder, the only one it may write to; 75: try again later

# member NAME LINE: the text of a member. In a text that people wrote each quote stands
# behind a backslash, so that nobody can pass off their words as a member.
member() {
	rest=${2#*\""$1"\":\"}
	printf '%s' "${rest%%\"*}"
}

# one_more counts a question. The file is replaced as a whole: an end half way spoils nothing.
one_more() {
	n=$(($(cat asked 2>/dev/null || echo 0) + 1))
	echo "$n" >asked.new && mv asked.new asked
}

while IFS= read -r line; do # ends when heed wants the bot to stop
	case $line in
	*'"type":"hello"'*)
		# A key names the thing for ever: said again at the next start, it is the same post.
		# For texts with quotes in them: heed emit post --key KEY --text TEXT
		printf '{"action":"post","key":"hello","text":"Hello, I am %s, a bot. Ask me something."}\n' "$HEED_BOT"
		;;
	*'"type":"mention"'*)
		one_more
		id=$(member id "$line")
		# The cause is what is answered. Template and facts say how answers that look alike differ.
		printf '{"action":"reply","key":"answer-%s","cause":"%s","target":{"post_id":"%s"},' "$id" "$id" "$(member post_id "$line")"
		printf '"text":"Thank you for asking. That was question %s.","template":"answer","facts":{"question":"%s"}}\n' "$n" "$n"
		;;
	*'"type":"verdict"'*)
		case $line in
		*'"decision":"allow"'* | *'"decision":"duplicate"'*) ;; # duplicate: the key was used before
		*) echo "W! $(member key "$line") $(member decision "$line") $(member message "$line")" >&2 ;; # stands in heed's log
		esac
		;;
	esac
done
