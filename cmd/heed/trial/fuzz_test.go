package trial

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"heed/guards"
)

// FuzzRead: whatever a file says, there are cases or mistakes and never both; a case stands
// somewhere, expects something, and is judged alike each time.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"house", "enterprise", "mistakes"} {
		b, err := os.ReadFile(filepath.Join("testdata", name+".test.toml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("[[case]]\nname=\"a\"\nbot=\"tides\"\nintent={action=\"post\",text=\"x\"}\nexpect=\"allow\"\n[case.facts]\nused.post_rate.hour=9223372036854775807\nspent.day=1e300\nnow=9999-12-31T23:59:59Z\nprofile_age=\"2562047h\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "x.test.toml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		cases, problems := Read(file, house(t, "house"))
		if (len(cases) == 0) == (len(problems) == 0) {
			t.Fatalf("%d cases and %d mistakes", len(cases), len(problems))
		}
		for _, c := range cases {
			if c.Line < 1 || c.Name == "" || c.Bot.Name == "" || c.Expect.Effect <= guards.Unjudged {
				t.Fatalf("a case that is not whole: %+v", c)
			}
			if one, two := c.Judge(), c.Judge(); !reflect.DeepEqual(one.Verdict, two.Verdict) || one.OK != two.OK {
				t.Fatalf("judged twice:\n%+v\n%+v", one.Verdict, two.Verdict)
			}
		}
	})
}
