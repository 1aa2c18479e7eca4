package bench

import "testing"

func TestHistory(t *testing.T) {
	figures, err := history(t.Context(), Options{Dir: t.TempDir(), Scale: 0.0002, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		t.Logf("%+v", f)
	}
}
