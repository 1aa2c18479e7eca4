#!/bin/sh
# copycat: a second account that tries to tell the same earthquakes as quakes does.
# heed denies every one of them and names the earlier post (rule D1): an operator who
# wants both accounts to tell a quake lets the second one repost the first.
#
# FEED  the file of earthquakes, one JSON object a line
# PACE  seconds between two tries (default 7)

text_of() { # text_of NAME LINE: the value of a string member
	printf '%s' "$2" | sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p'
}

number_of() { # number_of NAME LINE
	printf '%s' "$2" | sed -n 's/.*"'"$1"'": *\(-\{0,1\}[0-9.]*\).*/\1/p'
}

copy() {
	n=0
	while IFS= read -r line; do
		n=$((n + 1))
		text=$(printf 'Earthquake M%.1f, %s, %.0f km deep.' \
			"$(number_of mag "$line")" "$(text_of place "$line")" "$(number_of depth_km "$line")")
		case $((n % 3)) in
		1) ;;                                                          # word for word
		2) text="BREAKING!! $text #earthquake #news" ;;                # dressed up
		0) text=$(printf '%s' "$text" | tr '[:lower:]' '[:upper:]') ;; # shouted
		esac
		sleep "${PACE:-7}"
		heed emit post --key "copy-$(text_of id "$line")" --text "$text" || exit 75
	done <"${FEED:-usgs-week-2018-02.jsonl}"
}

copy &
cat >/dev/null # heed closes stdin to ask for a stop
kill $! 2>/dev/null
