package likeness

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// filing is a text filed under a key.
type filing struct{ key, slot uint32 }

func TestTheTableIsASetOfPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := newTable()
		model := map[filing]bool{}
		// Few distinct keys make long runs; spread keys make splits.
		key := rapid.OneOf(rapid.Uint32Range(0, 40), rapid.Uint32())
		slot := rapid.OneOf(rapid.Uint32Range(0, 30), rapid.Uint32Range(1<<16-2, 1<<16+1), rapid.Uint32Range(maxSlots-3, maxSlots-1))
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			e := filing{key.Draw(t, "key"), slot.Draw(t, "slot")}
			switch {
			case model[e]:
				if !tab.remove(e.key, e.slot) {
					t.Fatalf("%v is lost", e)
				}
				delete(model, e)
			case tab.remove(e.key, e.slot):
				t.Fatalf("%v was never added", e)
			default:
				tab.add(e.key, e.slot)
				model[e] = true
			}
		}
		checkTable(t, tab, model)
	})
}

func TestTheTableSplitsAndStaysWhole(t *testing.T) {
	tab := newTable()
	model := map[filing]bool{}
	for i := range uint32(400_000) {
		e := filing{uint32(mix(uint64(i/3)) >> 32), i}
		tab.add(e.key, e.slot)
		model[e] = true
	}
	if tab.depth == startDepth || len(tab.dir) != 1<<tab.depth {
		t.Fatalf("depth %d, %d segments", tab.depth, len(tab.dir))
	}
	for i := range uint32(400_000) {
		if e := (filing{uint32(mix(uint64(i/3)) >> 32), i}); i%2 == 0 {
			if !tab.remove(e.key, e.slot) {
				t.Fatalf("%v is lost", e)
			}
			delete(model, e)
		}
	}
	checkTable(t, tab, model)
	if per := float64(tab.bytes()) / 400_000; per > entryBytes/0.7 {
		t.Errorf("%.1f bytes an entry", per)
	}
}

// Keys chosen to be alike must not make the directory grow without bound.
func TestAlikeKeysDoNotSwellTheDirectory(t *testing.T) {
	tab := newTable()
	model := map[filing]bool{}
	for i := range uint32(20_000) {
		f := filing{0xabcd_ef00 | i%7, i}
		tab.add(f.key, f.slot)
		model[f] = true
	}
	if len(tab.dir) > 1<<startDepth && len(tab.dir)*8 > tab.n {
		t.Errorf("%d places for %d entries", len(tab.dir), tab.n)
	}
	checkTable(t, tab, model)
}

type fataler interface{ Fatalf(string, ...any) }

func checkTable(t fataler, tab *table, model map[filing]bool) {
	if tab.n != len(model) {
		t.Fatalf("%d entries, want %d", tab.n, len(model))
	}
	byKey := map[uint32][]uint32{}
	for e := range model {
		byKey[e.key] = append(byKey[e.key], e.slot)
	}
	for key, want := range byKey {
		got := tab.slots(nil, key)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("under %d: %v, want %v", key, got, want)
		}
	}
}

func TestTheArenaKeepsRecordsWhileChunksMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a arena
		at, model := map[uint32]uint32{}, map[uint32]record{}
		for i := range uint32(rapid.IntRange(1, 120).Draw(t, "steps")) {
			if rapid.IntRange(0, 2).Draw(t, "drop") > 0 && len(model) > 0 {
				for slot := range model {
					a.drop(at[slot], func(s, to uint32) { at[s] = to })
					delete(model, slot)
					delete(at, slot)
					break
				}
			} else {
				r := record{slot: i, form: make([]byte, rapid.IntRange(0, 5000).Draw(t, "size"))}
				for j := range r.form {
					r.form[j] = byte(i)
				}
				if i%3 == 0 {
					r.template, r.facts = uint64(i)+1, uint64(i)
				}
				at[i], model[i] = a.put(r), r
			}
			for slot, want := range model {
				got := a.get(at[slot])
				if got.slot != want.slot || string(got.form) != string(want.form) || got.template != want.template || got.facts != want.facts {
					t.Fatalf("record %d changed", slot)
				}
			}
		}
	})
}
