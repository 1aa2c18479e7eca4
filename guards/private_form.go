package guards

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// datum is private data found in a text by its form.
type datum struct{ kind, value string }

// dataIn finds mail addresses, phone, card and account numbers. Most texts have
// neither an @ nor nine digits, and are not looked at further.
func dataIn(text string) []datum {
	if plain := ascii(text); !plain && !mayShow(text) {
		return nil
	} else if !plain {
		text = plainDigits(text)
	}
	var found []datum
	if strings.IndexByte(text, '@') >= 0 || strings.IndexByte(text, ')') >= 0 && strings.Contains(text, "at)") ||
		strings.IndexByte(text, ']') >= 0 && (strings.Contains(text, "at]") || strings.Contains(text, "AT]")) {
		found = mails(text)
	}
	account, phone := glance(text)
	if account {
		found = accounts(text, found)
	}
	if phone {
		found = numbers(text, found)
	}
	return found
}

// glance says whether a text may have an account number, which two letters and two digits
// begin, and whether a phone or card number, of digits with little between them. Neither
// is where all of the text has fewer digits than the shortest number.
func glance(text string) (account, phone bool) {
	digits, together, after := 0, 0, 0 // after is the place behind the last digit, and what may stand between two
	for i := range len(text) {
		if !digit(text[i]) {
			continue
		}
		for ; after < i && betweenDigits[text[after]]; after++ {
		}
		if after < i {
			together = 0
		}
		digits, together, after = digits+1, together+1, i+1
		phone = phone || together >= minPhone
		account = account || i >= 3 && digit(text[i-1]) && letter(text[i-2]) && letter(text[i-3])
	}
	return account && digits >= minPhone, phone
}

// betweenDigits are the bytes that may stand between the parts of one number.
var betweenDigits = func() (table [256]bool) {
	for _, b := range []byte(" -./()") {
		table[b] = true
	}
	return table
}()

// minAccount is the length of the shortest account number.
const minAccount = 15

// mayShow says, at a glance, whether a text that is not plain ASCII may have a sign of an
// address or the digits of a number, once plainDigits has written it anew.
func mayShow(text string) bool {
	all, phone, account := 0, 0, 0 // digits; those that may be of one phone number; signs of one account
	most, longest := 0, 0
	for at, r := range text {
		switch {
		case surelySolid[text[at]]:
			phone, account = 0, 0
		case r >= utf8.RuneSelf:
			c := foldOf(r)
			all, phone, account = all+int(c.digits), phone+int(c.digits), account+1
			if c.is&solid != 0 {
				phone, account = 0, 0
			}
		case r == '@' || r == ')' || r == ']':
			return true
		case digit(byte(r)):
			all, phone, account = all+1, phone+1, account+1
		case letter(byte(r)):
			phone, account = 0, account+1
		case r != ' ' && r != '-':
			account = 0
			if r != '.' && r != '/' && r != '(' {
				phone = 0
			}
		}
		most, longest = max(most, phone), max(longest, account)
	}
	return all >= minPhone && (most >= minPhone || longest >= minAccount)
}

// surelySolid are first bytes, in UTF-8, of characters that all are solid and make no
// digits: Cyrillic, Chinese and Korean ones.
var surelySolid = func() (table [256]bool) {
	for _, b := range []byte{0xD0, 0xD1, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEB, 0xEC} {
		table[b] = true
	}
	return table
}()

// zeros begin the decimal digits of scripts whose digits people write numbers with.
var zeros = []rune{0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50}

// plainDigits writes compatibility forms, other scripts' digits and the many dashes
// and blanks as ASCII. Invisible characters go.
func plainDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Pd, r):
			return '-'
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		for _, z := range zeros {
			if r >= z && r <= z+9 {
				return '0' + r - z
			}
		}
		return r
	}, norm.NFKC.String(s))
}

func digit(b byte) bool  { return b >= '0' && b <= '9' }
func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

// wrappedSigns are ways to write an address so that programs overlook it.
var wrappedSigns = strings.NewReplacer(" (at) ", "@", "(at)", "@", " [at] ", "@", "[at]", "@", " [AT] ", "@", "[AT]", "@",
	" (dot) ", ".", "(dot)", ".", " [dot] ", ".", "[dot]", ".", " [DOT] ", ".", "[DOT]", ".", "(punkt)", ".", "[punkt]", ".")

// mails finds mail addresses. A name with a sign of its own before it is a handle of
// another network, and so is public.
func mails(text string) []datum {
	if strings.ContainsAny(text, "[(") {
		text = wrappedSigns.Replace(text)
	}
	var found []datum
	for i := range len(text) {
		if text[i] != '@' {
			continue
		}
		start := i
		for start > 0 && i-start < 64 && (letter(text[start-1]) || digit(text[start-1]) || strings.IndexByte("._%+-", text[start-1]) >= 0) {
			start--
		}
		end := i + 1
		for end < len(text) && end-i < 254 && (letter(text[end]) || digit(text[end]) || text[end] == '-' || text[end] == '.') {
			end++
		}
		host := strings.TrimRight(text[i+1:end], ".-")
		dot := strings.LastIndexByte(host, '.')
		switch {
		case strings.Trim(text[start:i], "._%+-") == "" || dot < 1 || len(host)-dot < 3 || !letter(host[dot+1]):
		case start > 0 && text[start-1] == '@', start > 2 && text[start-3:start] == "://": // another network's handle; a link with a user name
		default:
			found = append(found, datum{anEmail, text[start : i+1+len(host)]})
		}
	}
	return found
}

// accountLengths are the lengths of account numbers by country, in the international form.
var accountLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22, "CY": 28,
	"CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
	"GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
	"LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PK": 24, "PL": 28,
	"PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}

// accounts adds international bank account numbers whose check digits are right.
func accounts(text string, found []datum) []datum {
	for i := 0; i+4 < len(text); i++ {
		if !digit(text[i+2]) || !digit(text[i+3]) || !letter(text[i]) || !letter(text[i+1]) || i > 0 && handleByte(text[i-1]) {
			continue
		}
		if account, end := readAccount(text, i); account != "" {
			found = append(found, datum{anAccount, account})
			i = end - 1
		}
	}
	return found
}

// readAccount reads the account number that begins at i, "" if none does.
func readAccount(text string, i int) (account string, end int) {
	length := accountLengths[string([]byte{text[i] &^ 0x20, text[i+1] &^ 0x20})]
	compact := make([]byte, 0, 34)
	for end = i; end < len(text) && len(compact) < length; end++ {
		switch c := text[end]; {
		case letter(c) || digit(c):
			compact = append(compact, c)
		case c == ' ' || c == '-':
		default:
			return "", end
		}
	}
	if length == 0 || len(compact) != length || end < len(text) && handleByte(text[end]) || !checksOut(compact) {
		return "", end
	}
	return string(compact), end
}

// checksOut is the check of account numbers: the number, its first four signs moved to
// the end and letters written as 10 to 35, leaves 1 when divided by 97.
func checksOut(account []byte) bool {
	rest := 0
	for _, c := range slices.Concat(account[4:], account[:4]) {
		switch {
		case digit(c):
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c|0x20-'a') + 10) % 97
		}
	}
	return rest == 1
}

// cardPrefixes are the beginnings of payment cards' numbers, from and to, with their lengths.
var cardPrefixes = []struct {
	from, to string
	lengths  []int
}{
	{"4", "4", []int{13, 16, 19}},
	{"51", "55", []int{16}},
	{"2221", "2720", []int{16}},
	{"34", "34", []int{15}},
	{"37", "37", []int{15}},
	{"300", "305", []int{14}},
	{"36", "36", []int{14}},
	{"38", "39", []int{14}},
	{"6011", "6011", []int{16, 19}},
	{"644", "659", []int{16, 19}},
	{"3528", "3589", []int{16}},
	{"62", "62", []int{16, 17, 18, 19}},
}

// isCard says whether digits are a payment card's: a known beginning, the length that
// goes with it, and the right check digit.
func isCard(digits string) bool {
	known := slices.ContainsFunc(cardPrefixes, func(p struct {
		from, to string
		lengths  []int
	}) bool {
		return len(digits) > len(p.from) && digits[:len(p.from)] >= p.from && digits[:len(p.from)] <= p.to && slices.Contains(p.lengths, len(digits))
	})
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return known && sum%10 == 0
}
