#!/bin/sh
# quakes: posts an earthquake when its operator says that there was one. A correction of
# what was told asks for a person's eye first.

while IFS= read -r event; do # heed closes stdin to ask for a stop
	case $event in
	*'"type":"mention"'*correct*)
		printf '{"action":"post","key":"correction-us2000crkq","hold":true,"reason":"a correction of what was told","text":"Correction: four people near Sangiang felt the quake; our post did not say so."}\n'
		;;
	*'"type":"mention"'*)
		printf '{"action":"post","key":"us2000crkq","text":"Earthquake M5.3, 50km NNW of Sangiang, Indonesia, 15 km deep."}\n'
		;;
	esac
done
