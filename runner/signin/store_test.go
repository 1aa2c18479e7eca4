package signin

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"heed/runner"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func store(t *testing.T) *Store {
	t.Helper()
	return &Store{Dir: filepath.Join(t.TempDir(), "state", "tokens")}
}

var first1 = Token{Kind: OAuth1, UserID: "500", Handle: "@tidesbot", Access: "500-CANARY", Secret: "secretCANARY", SavedAt: noon}

var first2 = Token{Kind: OAuth2, UserID: "500", Handle: "@tidesbot", Access: "accessCANARY", Refresh: "refreshCANARY",
	Expires: noon.Add(2 * time.Hour), Scopes: []string{"tweet.read"}, SavedAt: noon}

func TestStoreKeepsATokenForItsOwnerAlone(t *testing.T) {
	s := store(t)
	if _, err := s.Read("tides"); !errors.Is(err, ErrNone) {
		t.Fatalf("an empty store: %v", err)
	}
	for _, tok := range []Token{first1, first2, {Kind: OAuth2, UserID: "7", Handle: "@a", Access: "a", Refresh: "b", Expires: noon, SavedAt: noon, Spent: "it is spent"}} {
		if err := s.Save(t.Context(), "tides", tok); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Read("tides"); err != nil || !reflect.DeepEqual(got, tok) {
			t.Errorf("%+v came back as %+v, %v", tok, got, err)
		}
	}
	for path, want := range map[string]os.FileMode{s.Dir: 0o700, s.Path("tides"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	files, err := filepath.Glob(filepath.Join(s.Dir, ".*"))
	if err != nil || len(files) != 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if err := s.Delete(t.Context(), "tides"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read("tides"); !errors.Is(err, ErrNone) {
		t.Errorf("after it was deleted: %v", err)
	}
}

func TestStoreRefusesWhatItCannotTrust(t *testing.T) {
	const good = `{"kind":"oauth1","user_id":"500","handle":"@tidesbot","access_token":"aCANARY","access_secret":"sCANARY","saved_at":"2026-09-01T12:00:00Z"}`
	for says, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"a file that others may read":         {good, 0o640, "others than its owner"},
		"a key that is unknown":               {strings.Replace(good, `"kind"`, `"password":"CANARY","kind"`, 1), 0o600, "holds no token"},
		"a key that stands twice":             {strings.Replace(good, `"kind"`, `"handle":"@x","kind"`, 1), 0o600, "holds no token"},
		"a key in other letters":              {strings.Replace(good, `"kind"`, `"Kind"`, 1), 0o600, "holds no token"},
		"two values":                          {good + good, 0o600, "holds no token"},
		"half a file":                         {good[:60], 0o600, "holds no token"},
		"nothing":                             {"", 0o600, "holds no token"},
		"a file that is too long":             {good + strings.Repeat(" ", maxFile), 0o600, "holds no token"},
		"a kind that does not exist":          {strings.Replace(good, "oauth1", "basic", 1), 0o600, "its kind is neither"},
		"a user id that is none":              {strings.Replace(good, `"500"`, `"x"`, 1), 0o600, "user id"},
		"no access secret":                    {strings.Replace(good, "sCANARY", "", 1), 0o600, "the access secret is missing"},
		"a token with a line end":             {strings.Replace(good, "aCANARY", `aCANARY\n`, 1), 0o600, "the access token holds"},
		"OAuth 2.0 without an expiry":         {strings.Replace(good, `oauth1","user_id"`, `oauth2","refresh_token":"r","user_id"`, 1), 0o600, "when the access token expires"},
		"OAuth 2.0 without a refresh token":   {strings.Replace(good, `oauth1","user_id"`, `oauth2","expires_at":"2026-09-01T12:00:00Z","user_id"`, 1), 0o600, "the refresh token is missing"},
		"a plain good one, so that they bite": {good, 0o600, ""},
	} {
		s := store(t)
		if err := s.Ready(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.Path("tides"), []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := s.Read("tides")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", says, err)
		}
		if err != nil {
			told(t, err)
		}
	}
}

func TestStoreFollowsNoLinkAndNoName(t *testing.T) {
	s := store(t)
	if err := s.Save(t.Context(), "gulls", first1); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(s.Path("gulls"), s.Path("tides")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read("tides"); err == nil {
		t.Error("a link was followed")
	}
	for _, name := range []string{"../gulls", "", "a/b", ".", "Tides"} {
		if _, err := s.Read(name); err == nil || errors.Is(err, ErrNone) {
			t.Errorf("%q is read: %v", name, err)
		}
		if err := s.Save(t.Context(), name, first1); err == nil {
			t.Errorf("%q is written", name)
		}
	}
	if err := os.Chmod(s.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), "gulls", first1); err == nil || !strings.Contains(err.Error(), "others than its owner") {
		t.Errorf("a folder that others may enter: %v", err)
	}
}

func TestCredentialsOfTheServiceManager(t *testing.T) {
	s, handed := store(t), t.TempDir()
	from := &Store{Dir: handed}
	if err := os.Chmod(handed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(from.Save(t.Context(), "tides", first1), from.Save(t.Context(), "gulls", first2)); err != nil {
		t.Fatal(err)
	}
	s.Credentials = handed
	if got, err := s.Read("tides"); err != nil || got.Access != first1.Access {
		t.Errorf("OAuth 1.0a: %v", err)
	}
	if _, err := s.Read("gulls"); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("a token that must be renewed, where nothing can be written: %v", err)
	}
	own := first1
	own.Access = "500-ownCANARY"
	if err := s.Save(t.Context(), "tides", own); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read("tides"); err != nil || got.Access != own.Access {
		t.Errorf("a login is newer than what was handed over: %v", err)
	}
}

// What cannot be kept leaves what was kept.
func TestSaveIsAllOrNothing(t *testing.T) {
	s := store(t)
	if err := s.Save(t.Context(), "tides", first2); err != nil {
		t.Fatal(err)
	}
	bad := first2
	bad.Refresh = ""
	if err := s.Save(t.Context(), "tides", bad); err == nil {
		t.Error("half a token was kept")
	}
	if err := os.Mkdir(s.Path("gulls"), 0o700); err != nil { // a name that cannot be taken
		t.Fatal(err)
	}
	err := s.Save(t.Context(), "gulls", first2)
	if err == nil {
		t.Error("a token replaced a folder")
	}
	told(t, err)
	if got, err := s.Read("tides"); err != nil || got.Refresh != runner.Secret(first2.Refresh) {
		t.Errorf("the token before: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, ".token-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
