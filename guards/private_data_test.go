package guards

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"heed/bots"
)

func TestPrivateDataShown(t *testing.T) {
	shown := func(kind string, texts ...string) {
		for _, text := range texts {
			_, g, _ := New("private_data")
			t.Run(text, func(t *testing.T) {
				got := judgeOne(t, g, trial{"", bots.Post, says(text), Hold, "private_data.shown"})
				if got.Evidence[kind] == nil || !cites(got, "D15") {
					t.Errorf("want a %s: %+v", kind, got)
				}
			})
		}
	}
	shown("mail_address", "write to jo.doe+a@mail.example.org.", "jo(at)example(dot)org", "jo [at] example.org", "mailto:jo@example.org", "Jo＠example.org")
	shown("phone_number", "call +49 431 1234567", "+4915112345678", "(+44) 20 7946 0958", "0049 431 123456", "(415) 555-2671", "415-555-2671",
		"1-415-555-2671", "415.555.2671", "0431/1234567", "01 23 45 67 89", "01.23.45.67.89", "020 7946 0958", "03-1234-5678", "(11) 91234-5678",
		"8 (495) 123-45-67", "8-800-555-35-35", "tel: 612 345 678", "电话 13812345678", "Phone 98765 43210", "＋４９ ４３１ １２３４５６７", "٠٤٣١ ١٢٣ ٤٥٦٧",
		"+49\u00a0431\u20111234567", "call 0800 123 4567 now")
	shown("card_number", "4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "3782 822463 10005", "6011000990139424")
	shown("bank_account", "DE89 3704 0044 0532 0130 00", "gb29nwbk60161331926819", "IBAN: FR1420041010050500013M02606.")
}

func TestPrivateDataNotShown(t *testing.T) {
	_, g, _ := New("private_data")
	for _, text := range []string{
		"High water at Kiel 12:40, 3.1 m above datum. Wind from the west, force 5.",
		"M 6.4 earthquake, depth 10 km, 2018-02-06 15:50:43 UTC, 24.1340 N 121.6580 E",
		"54.323300, 10.122800", "22.11.2026 12.30 - 23.11.2026 14.30", "01.02.2026 12 30 45", "2026-11-22 2026-11-23", "1/2/2026 - 3/4/2026",
		"id 1234567890123456789", "https://x.com/a/status/1234567890123456789", "https://example.org/0431/1234567", "www.example.org/0431-1234567",
		"order 4111111111111112", "4111 1111 1111 1112", "€1.234.567.890", "$1,234,567.89", "1 234 567 890 people", "$415-555-2671", "1.000.000.000",
		"1234567890 1234567890", "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "0540 1150 1820", "0540 1.2 m 1150 4.3 m 1820 1.1 m", "v1.22.333.4444",
		"@jo@example.org is on another network", "@harbour @tides", "the rate is 3.14159265358979", "#0431123456", "0.0431123456", "192.168.100.200:8080",
		"+12 °C, -3 °C, +10 %", "120 240 3600 boats", "120-240-3600", "2026 (2025) 123456789", "DE89 3704 0044 0532 0130 01", "a1b2c3d4e5f6a7b8c9d0e1f2",
		"13812345678", "12345-67890", "UTC 20261122123045", "http://jo@example.org/", "1013.25 hPa 1012.75 hPa 1011", "12 11 10 09 08 07 06", "call me at 12:30 or 14:45",
	} {
		t.Run(text, func(t *testing.T) { judgeOne(t, g, trial{"", bots.Post, says(text), Allow, ""}) })
	}
}

func TestPrivateDataAllowed(t *testing.T) {
	g := &privateData{Allow: []string{"desk@harbour.org", "+49 431 123-4567", "DE89370400440532013000"}}
	for _, tr := range []trial{
		{"the operator's own address passes", bots.Reply, says("write to Desk@Harbour.org"), Allow, ""},
		{"its number too, however it is written", bots.Post, says("call +494311234567"), Allow, ""},
		{"its account too", bots.Quote, says("DE89 3704 0044 0532 0130 00"), Allow, ""},
		{"another's beside it does not", bots.Post, says("desk@harbour.org or jo@harbour.org"), Hold, "private_data.shown"},
		{"what stands in a picture's description is shown too", bots.Post, func(in *bots.Intent, _ *Facts) {
			in.Media = []bots.Media{{Path: "a.png", Alt: "a card that says jo@harbour.org"}}
		}, Hold, "private_data.shown"},
		{"so is a poll's option", bots.Post, func(in *bots.Intent, _ *Facts) {
			in.Poll = &bots.Poll{Options: []string{"jo@harbour.org", "none"}}
		}, Hold, "private_data.shown"},
		{"a message may hold it: it is between two", bots.DM, says("your entry: jo@harbour.org, +49 431 7654321"), Allow, ""},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
}

func TestPrivateDataAskedFor(t *testing.T) {
	const inPublic, secretly = "private_data.asks_in_public", "private_data.asks_secret"
	asksOf := func(code string, texts ...string) {
		for _, text := range texts {
			t.Run(text, func(t *testing.T) {
				_, g, _ := New("private_data")
				for _, a := range []bots.Action{bots.Post, bots.Reply, bots.Quote} {
					if got := judgeOne(t, g, trial{"", a, says(text), Deny, code}); !cites(got, "C15") {
						t.Errorf("cites %v", got.Rules)
					}
				}
				inMessage := trial{"", bots.DM, says(text), Allow, ""}
				if code == secretly {
					inMessage.effect, inMessage.code = Deny, code
				}
				judgeOne(t, g, inMessage)
			})
		}
	}
	asksOf(inPublic, "Please send us your email", "DM us your phone number", "What's your e-mail address?", "Could you tell us your full name and date of birth?",
		"Reply with your order number and your home address", "Don't hesitate to send us your email!", "can we have your phone number",
		"Envíanos tu correo electrónico", "No dudes en enviar tu número de teléfono", "Envie seu email", "Envoyez-nous votre adresse e-mail", "Quel est ton numéro de téléphone ?",
		"Schick uns deine E-Mail-Adresse", "Bitte deine Telefonnummer angeben", "Mandaci il tuo numero di telefono", "E-posta adresinizi yazar mısınız?",
		"Kirim nomor HP kamu", "Пришлите ваш номер телефона", "أرسل لنا رقم هاتفك", "अपना फोन नंबर भेजें", "電話番号を教えてください", "전화번호를 알려 주세요", "请发送您的手机号")
	asksOf(secretly, "Send us your password", "please confirm your card number to go on", "Reply with your PIN code", "Enter your seed phrase here", "tell us your CVV",
		"Dinos tu contraseña", "Digite sua senha", "Envoyez votre mot de passe", "Schicke uns dein Passwort", "Inviaci la tua password", "Şifrenizi gönderin",
		"Kirim kata sandi", "Пришлите свой пароль", "أرسل كلمة المرور", "अपना पासवर्ड भेजें", "パスワードを送ってください", "비밀번호를 알려 주세요", "请提供密码",
		"Send your email and your password")
}

func TestPrivateDataNotAskedFor(t *testing.T) {
	_, g, _ := New("private_data")
	for _, text := range []string{
		"We will never ask you to send your password", "Never share your PIN with anybody", "Please do not post your phone number here", "We sent you an email",
		"Send us a message", "Give your phone a rest", "Leave your phone at home", "Check your email for the ticket", "Sign up with your email at https://harbour.org",
		"Write to the address on your ticket", "We replied to your email", "Nunca compartas tu contraseña", "Ne donnez jamais votre mot de passe",
		"Teile niemals dein Passwort", "Никому не сообщайте ваш пароль", "パスワードは絶対に教えないでください", "비밀번호를 알려 주지 마세요", "请不要发送密码", "Şifrenizi asla paylaşmayın",
		"Comparte la clave del éxito", "https://harbour.org/send/your/password",
	} {
		t.Run(text, func(t *testing.T) { judgeOne(t, g, trial{"", bots.Reply, says(text), Allow, ""}) })
	}
	judgeOne(t, g, trial{"", bots.Post, says("Scam: somebody tells people to send us your password"), Hold, "private_data.may_ask"})
}

func TestPrivateDataIsNeverRepeated(t *testing.T) {
	_, g, _ := New("private_data")
	for _, a := range []bots.Action{bots.Post, bots.DM} {
		for _, text := range []string{"canary@example.org +49 431 1234567 4111 1111 1111 1111 DE89 3704 0044 0532 0130 00", "canary, send us your password"} {
			in, f := readyCase(a)
			in.Text = text
			told, _ := json.Marshal(g.Judge(in, f))
			for _, word := range []string{"canary", "1234567", "4111", "DE89", "example.org"} {
				if strings.Contains(string(told), word) {
					t.Errorf("a finding repeats %q: %s", word, told)
				}
			}
		}
	}
	in, f := readyCase(bots.Post)
	in.Text = "a@b.org c@d.org +49 431 1234567"
	if got := g.Judge(in, f); got.Evidence["mail_address"] != 2 || got.Evidence["phone_number"] != 1 || !strings.Contains(got.Because, "mail address: 2, phone number: 1") {
		t.Errorf("promise P10: kinds and counts are told: %+v", got)
	}
}

func TestPrivateDataSettings(t *testing.T) {
	settings(t, "private_data", map[string]func(*privateData){
		"nothing":        func(g *privateData) { g.Allow = []string{""} },
		"a short value":  func(g *privateData) { g.Allow = []string{"+ - 1234"} },
		"signs and none": func(g *privateData) { g.Allow = []string{"--------"} },
	})
	tighter(t, "private_data", map[string]func(*privateData){
		"a value of the bot's own": func(g *privateData) { g.Allow = []string{"desk@harbour.org"} },
	}, map[string]func(*privateData){"none": func(g *privateData) { g.Allow = nil }})
	house := &privateData{Allow: []string{"desk@harbour.org"}}
	if told := (&privateData{Allow: []string{"desk@harbour.org"}}).Loosens(house); len(told) != 0 {
		t.Errorf("the house's own: %v", told)
	}
}

// A letter whose small form has another length moves nothing that stands behind it.
func TestPrivateDataBehindLettersOfOtherLength(t *testing.T) {
	for _, c := range []struct {
		text  string
		found int
	}{
		{"STRAẞE 1, call 301234567", 1},
		{"İZMİR, ara 301234567", 1},
		{strings.Repeat("ẞ", 20) + " 123456789 a", 0},
		{strings.Repeat("İ", 20) + " www.x.org/301234567 call me", 0},
	} {
		if found := dataIn(c.text); len(found) != c.found {
			t.Errorf("%q: %v", c.text, found)
		}
	}
}

// TestPrivateDataHoldsItsOwnForms: a number made by the rules is found whatever stands around it.
func TestPrivateDataHoldsItsOwnForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom([]string{"", "see ", "潮 ", "a, ", "(", "\n"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", " now", "。", ".", ", b", ")", "\n"}).Draw(t, "after")
		area := rapid.StringMatching(`[2-9][0-9]{2}`).Draw(t, "area")
		exchange := rapid.StringMatching(`[2-9][0-9]{2}`).Draw(t, "exchange")
		text := before + area + "-" + exchange + "-0123" + after
		if found := dataIn(text); len(found) != 1 || found[0].kind != aPhone {
			t.Fatalf("%q: %v", text, found)
		}
	})
}

func FuzzPrivateData(f *testing.F) {
	for _, s := range []string{"+49 431 (1234567", "a@b.c", "DE89 3704 0044 0532 0130 00", "(((((1", "send your", "@@@@", "1-1-1-1-1-1-1-1-1-1-1-1-1-1-1"} {
		f.Add(s)
	}
	_, g, _ := New("private_data")
	f.Fuzz(func(t *testing.T, text string) {
		in, facts := readyCase(bots.Post)
		in.Text = text
		if got := g.Judge(in, facts); got.Effect < Allow || got.Effect > Deny {
			t.Errorf("%q: %+v", text, got)
		}
	})
}
