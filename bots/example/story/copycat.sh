#!/bin/sh
# copycat: a second account that dresses up what quakes has told and tells it again.

while IFS= read -r event; do # heed closes stdin to ask for a stop
	case $event in
	*'"type":"mention"'*)
		printf '{"action":"post","key":"copy-us2000crkq","text":"BREAKING!! Earthquake M5.3, 50km NNW of Sangiang, Indonesia, 15 km deep. #earthquake"}\n'
		;;
	esac
done
