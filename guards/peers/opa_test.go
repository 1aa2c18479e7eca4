package peers

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"heed/bots"
	"heed/guards"
)

//go:embed policy.rego
var policy string

// covered are the guards that policy.rego writes down.
var covered = []string{"asked", "budget", "consent", "content", "disclosure", "duplicate", "follow_rate", "halt", "links",
	"opt_out", "post_rate", "same_target", "scope"}

func prepared(t testing.TB) rego.PreparedEvalQuery {
	t.Helper()
	q, err := rego.New(rego.Query("data.heed.verdict"), rego.Module("policy.rego", policy)).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// coveredOnly is heed's pipeline of the covered guards alone.
func coveredOnly(t testing.TB) guards.Pipeline {
	t.Helper()
	var p guards.Pipeline
	for _, name := range covered {
		rule, guard, err := guards.New(name)
		if err != nil {
			t.Fatal(err)
		}
		p.Stations = append(p.Stations, guards.Station{Rule: rule, Guard: guard})
	}
	return p
}

// opaInput is a case as OPA takes it, ready to be judged.
func opaInput(t testing.TB, c *decision) ast.Value {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"intent": c.in, "facts": c.f})
	if err != nil {
		t.Fatal(err)
	}
	v, err := ast.ValueFromReader(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

type opaVerdict struct {
	Effect   string `json:"effect"`
	Findings []struct{ Guard, Code, Because string }
}

func opaJudge(t testing.TB, q rego.PreparedEvalQuery, in ast.Value) (v opaVerdict) {
	t.Helper()
	results, err := q.Eval(t.Context(), rego.EvalParsedInput(in))
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 {
		t.Fatalf("%d results", len(results))
	}
	raw, err := json.Marshal(results[0].Expressions[0].Value)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestOPAAgrees: over a table of cases both give the same effect, by the same guards and
// for the same reasons; each covered guard objects in one of them at least.
func TestOPAAgrees(t *testing.T) {
	q, p := prepared(t), coveredOnly(t)
	objected := map[string]bool{}
	for _, c := range table(p) {
		t.Run(c.says, func(t *testing.T) {
			mine, theirs := p.Judge(c.in, "h", c.f), opaJudge(t, q, opaInput(t, &c))
			if mine.Effect.String() != theirs.Effect || theirs.Effect != c.effect {
				t.Errorf("heed %s (%s), OPA %s %v, want %s", mine.Effect, mine.Code, theirs.Effect, theirs.Findings, c.effect)
			}
			said := map[string][]string{}
			for _, f := range theirs.Findings {
				said[f.Guard] = append(said[f.Guard], f.Code)
			}
			for _, f := range mine.Findings {
				switch {
				case f.Effect == guards.Allow && len(said[f.Guard]) > 0:
					t.Errorf("%s: OPA objects: %v", f.Guard, said[f.Guard])
				case f.Effect != guards.Allow && !slices.Contains(said[f.Guard], f.Code):
					t.Errorf("%s: heed says %s (%s), OPA %v", f.Guard, f.Code, f.Because, said[f.Guard])
				}
				objected[f.Guard] = objected[f.Guard] || f.Effect != guards.Allow
			}
		})
	}
	for _, name := range covered {
		if !objected[name] {
			t.Errorf("%s objects to no case", name)
		}
	}
}

// BenchmarkOPA judges the same cases by both in turn, so that both meet the same machine.
// opa/heed is how many times longer OPA takes than the same guards of heed, opa/all than
// all guards of heed.
func BenchmarkOPA(b *testing.B) {
	q, p, whole := prepared(b), coveredOnly(b), guards.Default()
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
		b.Run(string(a), func(b *testing.B) {
			cases := ready(p, whole, a)
			inputs := make([]ast.Value, len(cases))
			for i := range cases {
				inputs[i] = opaInput(b, &cases[i])
				if v := opaJudge(b, q, inputs[i]); v.Effect != "allow" {
					b.Fatalf("OPA: %v", v)
				}
				if v := whole.Judge(cases[i].in, "h", cases[i].f); v.Effect != guards.Allow {
					b.Fatalf("heed: %s", v.Code)
				}
			}
			var opa, same, all time.Duration
			const times = 20 // heed's decisions for one of OPA's: a clock cannot see one alone
			n := 0
			for b.Loop() {
				c, in := &cases[n%len(cases)], inputs[n%len(cases)]
				n++
				began := time.Now()
				if _, err := q.Eval(b.Context(), rego.EvalParsedInput(in)); err != nil {
					b.Fatal(err)
				}
				judged := time.Now()
				for range times {
					p.Judge(c.in, "h", c.f)
				}
				part := time.Now()
				for range times {
					whole.Judge(c.in, "h", c.f)
				}
				opa, same, all = opa+judged.Sub(began), same+part.Sub(judged), all+time.Since(part)
			}
			each := func(d time.Duration, of int) float64 { return float64(d.Nanoseconds()) / float64(n*of) }
			b.ReportMetric(each(opa, 1), "opa-ns")
			b.ReportMetric(each(same, times), "heed-ns")
			b.ReportMetric(each(all, times), "all-ns")
			b.ReportMetric(each(opa, 1)/each(same, times), "opa/heed")
			b.ReportMetric(each(opa, 1)/each(all, times), "opa/all")
		})
	}
}
