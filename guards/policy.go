package guards

import (
	"cmp"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Clause is one demand of X's policies, in our own words, and how heed serves it. It is
// declared beside the code that does.
type Clause struct {
	ID       string    `json:"id"`                 // "C2": what rules and findings cite
	Says     string    `json:"says"`               // what it demands
	Source   string    `json:"source"`             // document and chapter
	AsOf     time.Time `json:"as_of"`              // the day the source was read; AsOf when not given
	Served   []Service `json:"served"`             // how, the most binding way first
	Tests    []string  `json:"tests,omitempty"`    // that hold it: "guards TestOptOut", folder and function
	Operator string    `json:"operator,omitempty"` // what heed cannot do, and the operator must
	File     string    `json:"file"`               // that declares it, and so serves it: "guards/opt_out.go"
}

// Service is a way in which a clause is served.
type Service string

// The ways to serve a clause.
const (
	ByGuard   Service = "guard"             // judged at every act
	ByCheck   Service = "config check"      // refused before anything starts
	ByDuty    Service = "executor duty"     // the way heed itself behaves towards X
	ByMinimum Service = "data minimisation" // what heed never keeps
	ByWords   Service = "documentation"     // no machine can; the operator must
)

// Services lists the ways, the most binding first.
func Services() []Service { return []Service{ByGuard, ByCheck, ByDuty, ByMinimum, ByWords} }

// AsOf is the day by which the policies were read. They change without notice: heed
// warns when this day lies more than MaxPolicyAge back (clause A15).
var AsOf = time.Date(2026, time.August, 26, 0, 0, 0, 0, time.UTC)

// MaxPolicyAge is how old a table of rules may be before heed asks for a newer one.
const MaxPolicyAge = 180 * 24 * time.Hour

// The documents that clauses come from. The Developer Policy is read in its 2021
// and its current form, Restricted Uses in those of 2021 and 2024; where they
// conflict, the strictest wins.
const (
	SourceSpam       = "Developer Policy, Platform usage guidelines: Spam, bots, and automation; Restricted uses: Automation, spam, and auto-responses"
	SourceAutomation = "X Automation Rules"
	SourceGuidelines = "X developer guidelines (March 2026)"
	SourceConduct    = "Developer Policy, Set yourself up for success"
	SourcePrivacy    = "Developer Policy, Privacy and control are essential"
	SourceAuthentic  = "Developer Policy, Platform usage guidelines: Service authenticity"
	SourceAccounts   = "X on automation and the use of multiple accounts (2018)"
	SourceFollowing  = "X policy clarification on aggressive following"
	SourceChanges    = "X developer changelog"
	SourceAgreement  = "Developer Agreement (27 April 2026)"
	SourceDocs       = "X developer documentation (August 2026)"
	SourceFAQ        = "Policy support FAQ"
	SourceRestricted = "Restricted uses of the X API"
)

var clauses = map[string]Clause{}

func init() {
	Declare(Clause{ID: "A15", Says: "policies change without notice, and the new ones hold",
		Source: SourceConduct + "; " + SourceAgreement + " XII", Served: []Service{ByDuty},
		Tests: []string{"guards TestTablesGrowOld"}, Operator: "read X's changelog, and update heed when it warns that its table is old"})
}

// Declare adds a clause. It is called by the init function of the file that serves the
// clause; one that is declared twice or not whole is a mistake of ours.
func Declare(c Clause) {
	_, twice := clauses[c.ID]
	if twice || c.ID == "" || c.Says == "" || c.Source == "" || len(c.Served) == 0 {
		panic("guards: clause " + c.ID + " is declared twice, or is not whole")
	}
	if c.AsOf.IsZero() {
		c.AsOf = AsOf
	}
	if c.Served[0] == ByWords && len(c.Tests) == 0 { // what words serve is held by the page that says them
		c.Tests = []string{"cmd/heed TestPolicyDocument"}
	}
	pc, file, _, _ := runtime.Caller(1)
	folder, _, _ := strings.Cut(path.Base(runtime.FuncForPC(pc).Name()), ".")
	c.File = path.Join(strings.TrimPrefix(path.Dir(runtime.FuncForPC(pc).Name()), "heed"), folder, filepath.Base(file))
	c.File = strings.TrimPrefix(c.File, "/")
	clauses[c.ID] = c
}

// Policy lists every clause that the program was built with, in the order of their ids.
func Policy() []Clause {
	all := make([]Clause, 0, len(clauses))
	for _, c := range clauses {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Clause) int {
		n := func(c Clause) int { i, _ := strconv.Atoi(c.ID[1:]); return i }
		return cmp.Or(cmp.Compare(a.ID[0], b.ID[0]), cmp.Compare(n(a), n(b)))
	})
	return all
}

// ClauseIDs are the ids of all clauses, in the order of Policy.
func ClauseIDs() (ids []string) {
	for _, c := range Policy() {
		ids = append(ids, c.ID)
	}
	return ids
}

// ClauseOf finds a clause by its id.
func ClauseOf(id string) (Clause, bool) {
	c, ok := clauses[id]
	return c, ok
}
