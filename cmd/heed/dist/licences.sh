#!/bin/sh
# licences.sh PROGRAM FOLDER: gather into FOLDER the licences of what PROGRAM is made of, a
# folder for each part, with the list of all parts. Run it where go.mod is. A part without
# a licence is an error.
set -eu
program=$1 to=$2
mkdir -p "$to"
go version -m "$program" | awk '$1 == "dep" { print $2 "@" $3 }' > "$to/parts.txt"
test -s "$to/parts.txt" || { echo "licences: $program names no parts" >&2; exit 1; }

# take FROM NAME: the files of a folder that speak of rights.
take() {
	mkdir -p "$to/$2"
	find "$1" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -iname 'patents*' \) ! -name '*.go' \
		-exec cp {} "$to/$2/" \;
	rmdir "$to/$2" 2>/dev/null && { echo "licences: $2 has none" >&2; exit 1; }
	chmod -R u=rwX,go=rX "$to/$2"
}

while read -r part; do
	take "$(go list -m -f '{{.Dir}}' "${part%@*}")" "$part"
done < "$to/parts.txt"
take "$(go env GOROOT)" "go@$(go env GOVERSION)"

mkdir -p "$to/htmx" && cp runner/web/static/vendor/htmx.LICENSE.txt "$to/htmx/LICENSE.txt" # of the dashboard

# A static program holds a part of the C library too.
if test -f /usr/share/doc/libc6/copyright; then
	mkdir -p "$to/glibc" && cp -L /usr/share/doc/libc6/copyright "$to/glibc/copyright"
fi
