package sandbox

import "testing"

func TestAnAccountTakesAnotherName(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetUsername("bob", "robert"))
	if u, err := s.w.User("robert"); err != nil || u.ID != s.bob.ID {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := s.w.User("bob"); err == nil {
		t.Error("the old name still finds somebody")
	}
	for _, bad := range []string{"ann", "no way", ""} {
		if s.w.SetUsername("robert", bad) == nil {
			t.Errorf("took the name %q", bad)
		}
	}
	ok(t, s.w.SetUsername("robert", "Robert"))
}
