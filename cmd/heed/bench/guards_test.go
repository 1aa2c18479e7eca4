package bench

import "testing"

func TestGuardsAreMeasured(t *testing.T) {
	figures, err := decide(t.Context(), Options{Scale: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 20 {
		t.Errorf("%d figures", len(figures))
	}
	for _, f := range figures {
		if f.Value <= 0 || f.Met == nil {
			t.Errorf("%+v", f)
		}
	}
}
