package guards

import (
	"slices"
	"strconv"
	"strings"
)

const (
	minPhone = 9  // digits of a phone number
	maxPhone = 15 // the most that any country's has, with its own code
	maxCard  = 19
)

// number is a stretch of digits with the signs that stand between the parts of one number.
type number struct {
	plus   bool
	hinted bool // a word such as "call" stands right before
	parens int  // the group that stands in brackets, from 1; 0: none
	groups []string
	seps   []string
}

// numbers adds phone and card numbers. Those within a link are part of an address.
func numbers(text string, found []datum) []datum {
	stretch, linkUntil := 0, 0 // the stretch without blanks to be looked at, -1: it was; and the end of a link
	for i := 0; i < len(text); i++ {
		if text[i] == ' ' || text[i] == '\n' {
			stretch = i + 1
		}
		if !beginsNumber[text[i]] || i < linkUntil {
			continue
		}
		if stretch >= 0 {
			if end := stretch + chunk(text[stretch:]); strings.Contains(text[stretch:end], "://") || startsWWW(text[stretch:end]) {
				linkUntil = end
				continue
			}
			stretch = -1
		}
		var n number
		count, end := n.read(text, i, false)
		if count >= minPhone && standsAlone(text, i, end) {
			n.read(text, i, true)
			n.hinted = hinted(text[:i])
			digits := strings.Join(n.groups, "")
			switch {
			case count > 12 && count <= maxCard && n.likeCard() && isCard(digits):
				found = append(found, datum{aCard, digits})
			case n.isPhone(digits):
				found = append(found, datum{aPhone, digits})
			}
		}
		i = max(i, end-1) // what a number reaches into is not looked at as a link
	}
	return found
}

// beginsNumber are the bytes that a number may begin with.
var beginsNumber = func() (table [256]bool) {
	for _, b := range []byte("0123456789+(") {
		table[b] = true
	}
	return table
}()

func startsWWW(s string) bool { return len(s) >= 4 && strings.EqualFold(s[:4], "www.") }

// read reads digits from i on, and what may stand between the parts of a number. It
// counts the digits, and keeps the parts only when it is told to: most numbers are short.
func (n *number) read(text string, i int, keep bool) (digits, end int) {
	if text[i] == '+' {
		n.plus = true
		i++
	}
	end = i
	for {
		sep := i
		for i < len(text) && strings.IndexByte(" -./()", text[i]) >= 0 && i-sep < 3 {
			i++
		}
		between := text[sep:i]
		if digits > 0 && !joins(between) || i >= len(text) || !digit(text[i]) {
			return digits, end
		}
		start := i
		for i < len(text) && digit(text[i]) {
			i++
		}
		if keep {
			if digits > 0 {
				n.seps = append(n.seps, between)
			}
			n.groups = append(n.groups, text[start:i])
			if strings.HasSuffix(between, "(") && i < len(text) && text[i] == ')' {
				n.parens = len(n.groups)
			}
		}
		digits += i - start
		end = i
	}
}

// joins says whether what stands between two groups of digits may join them to one number.
func joins(s string) bool {
	switch s {
	case " ", "-", ".", "/", "(", ")", " (", ") ", ")-", "-(", " - ", " / ", ".-", ")(0":
		return true
	}
	return false
}

// standsAlone says whether nothing right before or after makes a number a part of
// another thing: a price, a word, a tag, a longer number.
func standsAlone(text string, start, end int) bool {
	if start > 0 {
		b := text[start-1]
		if handleByte(b) || strings.IndexByte("#$@&=/", b) >= 0 || b >= 0x80 && strings.HasSuffix(text[:start], "€") || strings.HasSuffix(text[:start], "£") {
			return false
		}
		if start > 1 && strings.IndexByte(".,:", b) >= 0 && digit(text[start-2]) {
			return false
		}
	}
	rest := strings.TrimPrefix(text[end:], " ")
	switch {
	case rest == "":
		return true
	case end < len(text) && handleByte(text[end]):
		return false
	case strings.IndexByte("%$", rest[0]) >= 0, strings.HasPrefix(rest, "€"), strings.HasPrefix(rest, "£"), strings.HasPrefix(rest, "°"):
		return false
	case len(rest) > 1 && strings.IndexByte(",:", rest[0]) >= 0 && digit(rest[1]):
		return false
	}
	return true
}

// phoneHints are words right before a number that make it a phone's.
var phoneHints = strings.Fields(`tel tel. phone call mobile cell hotline fax sms text whatsapp signal ring dial telefon telefono teléfono
	telefone téléphone tél tél. handy móvil celular cellulare llama ligue appelez rufnummer anrufen тел тел. телефон звоните
	電話 电话 전화 هاتف फोन telp telepon hubungi ara arayın ☎ 📞 📱`)

// hinted says whether one of the hints stands within a few signs before the end of a text.
func hinted(before string) bool {
	tail := strings.ToLower(before[max(0, len(before)-160):])
	tail = tail[max(0, len(tail)-40):]
	for _, h := range phoneHints {
		at := strings.LastIndex(tail, h)
		if at < 0 || at > 0 && letter(tail[at-1]) && h[0] < 0x80 {
			continue
		}
		rest := tail[at+len(h):]
		if len(rest) <= 12 && !strings.ContainsAny(rest, "0123456789\n") && (rest == "" || !letter(rest[0])) {
			return true
		}
	}
	return false
}

// likeCard says whether the groups are those that cards' numbers are printed in.
func (n number) likeCard() bool {
	if n.plus || n.parens > 0 || slices.ContainsFunc(n.seps, func(s string) bool { return s != " " && s != "-" }) {
		return false
	}
	switch n.shape() {
	case "4-4-4-4", "4-4-4-4-3", "4-6-5", "4-6-4", "4-4-4-1":
		return true
	}
	return len(n.groups) == 1
}

func (n number) shape() string {
	lengths := make([]string, len(n.groups))
	for i, g := range n.groups {
		lengths[i] = strconv.Itoa(len(g))
	}
	return strings.Join(lengths, "-")
}

// isPhone says whether a number is written as phone numbers are. Plain digits without
// a plus or a word before them are none: ids and counts look alike.
func (n number) isPhone(digits string) bool {
	count := len(digits)
	switch {
	case count > maxPhone+2 || n.hasDate() || n.isClock():
		return false
	case n.plus && digits[0] == '1':
		return count == 11 && digits[1] > '1'
	case n.plus:
		return count <= maxPhone && digits[0] != '0' && (len(n.seps) > 0 || count >= 10)
	case count > maxPhone:
		return false
	case n.hinted:
		return n.shape() != "3-6" || n.seps[0] != "." // a decimal
	case strings.HasPrefix(n.groups[0], "00"):
		return len(n.seps) > 0 && count >= 11 && digits[2] > '0'
	case n.parens > 0:
		area := n.groups[n.parens-1]
		return count <= 12 && len(area) >= 2 && len(area) <= 5 && !isYear(area)
	case digits[0] == '0':
		return n.national(count)
	}
	return n.american()
}

// national says whether a number with a leading 0 is written as within a country.
func (n number) national(count int) bool {
	if len(n.seps) == 0 || count > 12 || len(n.groups) > 6 || len(n.groups) == 2 && n.seps[0] == "." {
		return false
	}
	for _, g := range n.groups {
		if len(g) < 2 {
			return false
		}
	}
	return true
}

// american says whether a number is written as in North America, or as Russia's 8-800 ones.
func (n number) american() bool {
	for _, s := range n.seps {
		if s != n.seps[0] || s != "-" && s != "." {
			return false
		}
	}
	switch groups := n.groups; n.shape() {
	case "1-3-3-2-2":
		return groups[0] == "8" || groups[0] == "7"
	case "1-3-3-4":
		return groups[0] == "1" && groups[1][0] > '1' && groups[2][0] > '1'
	case "3-3-4":
		return groups[0][0] > '1' && groups[1][0] > '1'
	}
	return false
}

// hasDate says whether a day stands among the groups: 22.11.2026, 2026-11-22.
func (n number) hasDate() bool {
	for i := 0; i+2 < len(n.groups); i++ {
		a, b, c := n.groups[i], n.groups[i+1], n.groups[i+2]
		if n.seps[i] == n.seps[i+1] && (isYear(c) && among(a, 31) && among(b, 31) || isYear(a) && among(b, 12) && among(c, 31)) {
			return true
		}
	}
	return false
}

// isClock says whether all groups are times of day: 0540 1150 1820.
func (n number) isClock() bool {
	for _, g := range n.groups {
		if len(g) != 4 || g[:2] > "23" || g[2:] > "59" {
			return false
		}
	}
	return !n.plus && n.parens == 0
}

func isYear(s string) bool { return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") }

func among(s string, most int) bool {
	v, err := strconv.Atoi(s)
	return err == nil && len(s) <= 2 && v >= 1 && v <= most
}
