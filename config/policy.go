package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
)

// Setting is one effective setting of a guard.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // as JSON, but durations as "1h30m"
}

// Settings lists a guard's settings by key.
func Settings(g guards.Guard) []Setting {
	var all []Setting
	v := reflect.ValueOf(g)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct {
		all = settingsOf(all, "", v)
	}
	slices.SortFunc(all, func(a, b Setting) int { return strings.Compare(a.Key, b.Key) })
	return all
}

func settingsOf(all []Setting, prefix string, v reflect.Value) []Setting {
	for key, index := range fieldsOf(v.Type()) {
		f := v.FieldByIndex(index)
		if f.Kind() == reflect.Struct && !isText(f.Type()) {
			all = settingsOf(all, prefix+key+".", f)
			continue
		}
		all = append(all, Setting{prefix + key, valueOf(f)})
	}
	return all
}

func valueOf(f reflect.Value) string {
	if d, ok := f.Interface().(time.Duration); ok {
		return spell(d)
	}
	b, err := json.Marshal(f.Interface())
	if err != nil { // what JSON cannot write still has to tell one setting from another
		return fmt.Sprintf("%v", f.Interface())
	}
	return string(b)
}

// canonical is everything that a verdict about a bot's intents rests on: who the bot
// is, its house, its guards. Its script, its paths and its secrets are not among it.
type canonical struct {
	Bot    bots.Bot         `json:"bot"`   // without its house
	House  string           `json:"house"` // fingerprint
	Guards []canonicalGuard `json:"guards"`
}

type canonicalGuard struct {
	Name     string          `json:"name"`
	Mode     guards.Strength `json:"mode"`
	Settings []Setting       `json:"settings"`
}

// policies fingerprint bots' effective settings: equal settings, equal policy. What many
// bots share is written out once: the house, whose names grow with its bots, and the
// guards that none of them sets.
type policies struct {
	house    string
	settings map[guards.Guard][]Setting // of guards that are pointers
}

func (p *policies) of(b Bot) string {
	if p.house == "" {
		p.house, p.settings = fingerprint(b.House), map[guards.Guard][]Setting{}
	}
	c := canonical{Bot: b.Bot, House: p.house}
	c.Bot.House = bots.House{}
	for _, st := range b.Pipeline.Stations {
		c.Guards = append(c.Guards, canonicalGuard{st.Rule.Name, st.Mode, p.settingsOf(st.Guard)})
	}
	return fingerprint(c)
}

func (p *policies) settingsOf(g guards.Guard) []Setting {
	if reflect.ValueOf(g).Kind() != reflect.Pointer {
		return Settings(g)
	}
	all, known := p.settings[g]
	if !known {
		all = Settings(g)
		p.settings[g] = all
	}
	return all
}

// fingerprint is "sha256:" and 12 hex digits.
func fingerprint(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		// Every part is strings and numbers of our own; a policy without a name must not pass.
		panic("config: a policy cannot be written: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:6])
}

// seal names the policies of the bots and of the house.
func (l *loader) seal() {
	all := []any{l.cfg.OptOut.ExtraKeywords}
	var p policies
	for i := range l.cfg.Bots {
		b := &l.cfg.Bots[i]
		b.Pipeline.Policy = p.of(*b)
		all = append(all, b.Pipeline.Policy)
	}
	l.cfg.Policy = fingerprint(all)
}
