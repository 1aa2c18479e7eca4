package xtext

// Cashtag is a $SYMBOL in a text.
type Cashtag struct {
	Span
	Text string // without the sign, as written
}

const (
	maxSymbol = 6
	maxSuffix = 2 // letters after the dot or underscore of a symbol
)

// Cashtags finds the cashtags of a text: one to six letters, with at most one
// suffix such as ".L", between blanks or before punctuation.
func Cashtags(text string) []Cashtag { return findCashtags([]rune(text)) }

func findCashtags(t []rune) []Cashtag {
	var found []Cashtag
	for i := 0; i < len(t); i++ {
		if t[i] != '$' || i > 0 && !space(t[i-1]) && !directional(t[i-1]) {
			continue
		}
		end := letters(t, i+1, maxSymbol)
		if end == i+1 {
			continue
		}
		if end < len(t) && (t[end] == '.' || t[end] == '_') {
			long := letters(t, end+1, maxSuffix)
			if long > end+1 && endsCashtag(t, long) {
				end = long
			}
		}
		if endsCashtag(t, end) {
			found = append(found, Cashtag{Span{i, end}, string(t[i+1 : end])})
		}
	}
	return found
}

func letters(t []rune, i, most int) int {
	end := i
	for end < len(t) && end-i < most && asciiLetter(t[end]) {
		end++
	}
	return end
}

func endsCashtag(t []rune, i int) bool {
	return i == len(t) || space(t[i]) || punctuation(t[i])
}
