//go:build ignore

// Writes the table of word weights from a list of word counts.
//
//	go run generate_weights.go word-frequencies.tsv weights.bin
//
// The list has one "word<TAB>count" a line; its first line names the number of
// posts counted. The weight of a word is its inverse document frequency,
// log(posts/count), in units of that of the rarest word of the list.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"heed/guards/likeness"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: go run generate_weights.go COUNTS OUT")
	}
	in, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	posts, rarest := 0, 0
	counts := map[uint32]int{}
	for s := bufio.NewScanner(in); s.Scan(); {
		line := s.Text()
		if strings.HasPrefix(line, "#") {
			fmt.Sscanf(line, "# document frequency of words in %d", &posts)
			continue
		}
		word, count, ok := strings.Cut(line, "\t")
		n, err := strconv.Atoi(count)
		if !ok || err != nil {
			log.Fatalf("%s: no word and count: %q", os.Args[1], line)
		}
		if rarest == 0 || n < rarest {
			rarest = n
		}
		// Words that fold alike are one word to us.
		if key := likeness.Fold(word); key != "" && !strings.Contains(key, " ") {
			counts[likeness.WordHash(key)] += n
		}
	}
	if posts == 0 || rarest == 0 {
		log.Fatalf("%s: no counts", os.Args[1])
	}
	hashes := make([]uint32, 0, len(counts))
	for h := range counts {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	var out []byte
	for _, h := range hashes {
		out = binary.LittleEndian.AppendUint32(out, h)
	}
	unit := math.Log(float64(posts) / float64(rarest))
	for _, h := range hashes {
		w := math.Log(float64(posts)/float64(min(counts[h], posts))) / unit
		out = append(out, byte(math.Round(255*min(max(w, 0.02), 1))))
	}
	if err := os.WriteFile(os.Args[2], out, 0o644); err != nil {
		log.Fatal(err)
	}
}
