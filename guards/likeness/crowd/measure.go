package crowd

import (
	"runtime"
	"slices"
	"time"
)

// Index is what can be measured: an index over sketches of some sort.
type Index[S any] struct {
	Sketch func(text string) S
	Add    func(id uint64, s S) error
	Ready  func()         // what must be done between the last Add and the first Check; nil: nothing
	Check  func(s S) bool // tells whether the like of it is stored
	Same   func(post, copied string) bool
}

// Figures are what an index of N posts costs, and what it finds. Times are the processor's,
// for one thread: see clock.
type Figures struct {
	N int
	// A check of a fresh post, in microseconds, and its allocations.
	CheckMean, CheckP50, CheckP99, CheckAllocs float64
	CopyMean                                   float64 // a check of a copy of a stored post
	// An addition when nine tenths of the posts are there, in microseconds.
	AddMean, AddP99, AddAllocs float64
	Stall                      float64 // the longest of all additions, in milliseconds
	Wait                       float64 // the same by the time on the wall: on a busy machine that of others, too
	Ready                      float64 // Index.Ready, in milliseconds
	Sketch                     float64 // making the sketch of a post, in microseconds
	Rebuild                    float64 // seconds for the sketches and additions of a million posts
	Bytes                      float64 // of memory a post: what the index holds, and what is lost between
	Live                       float64 // of memory a post, without what the allocator loses between
	Long                       float64 // sketch and check of a post of 25,000 characters, in milliseconds
	Found                      float64 // share of planted copies that are found
	ByKind                     string  // the same by kind of copy, for people
}

// Metric is one figure.
type Metric struct {
	Name  string
	Value float64
	Unit  string
}

// Metrics lists the figures.
func (f Figures) Metrics() []Metric {
	return []Metric{
		{"check-mean", f.CheckMean, "us"}, {"check-p50", f.CheckP50, "us"}, {"check-p99", f.CheckP99, "us"},
		{"check-allocations", f.CheckAllocs, ""}, {"check-copy-mean", f.CopyMean, "us"},
		{"add-mean", f.AddMean, "us"}, {"add-p99", f.AddP99, "us"}, {"add-allocations", f.AddAllocs, ""},
		{"longest-stall", f.Stall, "ms"}, {"longest-wait", f.Wait, "ms"}, {"sketch", f.Sketch, "us"}, {"rebuild-a-million", f.Rebuild, "s"},
		{"memory", f.Bytes, "bytes/post"}, {"memory-live", f.Live, "bytes/post"}, {"long-post", f.Long, "ms"}, {"found", f.Found, ""},
	}
}

const (
	batch    = 256 // sketches made at a time, outside what is timed
	fresh    = 320 * batch
	patience = 20 * time.Second
	copies   = 1000 // stored posts of all ages of which copies are planted
)

// Measure fills an index with n posts of a crowd and measures it. stop is asked now and
// then whether to give up; what is measured until then is no figure.
func Measure[S any](n int, text func(i int) string, x Index[S], stop func() error) (Figures, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f := Figures{N: n}
	took := make([]time.Duration, 0, max(n/10+2*batch, fresh))
	kept := make([]string, 0, 2*copies)
	inUse, live := heap()
	if err := fill(&f, x, text, took, &kept, stop); err != nil {
		return f, err
	}
	inUseNow, liveNow := heap()
	f.Bytes, f.Live = float64(inUseNow-inUse)/float64(n), float64(liveNow-live)/float64(n)

	f.CopyMean, _, _, _ = checks(x, took, min(16*batch, n), func(i int) string { return kept[i%len(kept)] + " again https://t.co/x" })
	f.CheckMean, f.CheckP50, f.CheckP99, f.CheckAllocs = checks(x, took, min(fresh, n), text)
	long := Long(text)
	for range 20 {
		begin := clock()
		x.Check(x.Sketch(long))
		took = append(took, clock()-begin)
	}
	_, p50, _ := spread(took)
	f.Long = p50 / 1e3
	if err := stop(); err != nil {
		return f, err
	}
	f.Found, f.ByKind = Found(kept, x.Same, func(copied string) bool { return x.Check(x.Sketch(copied)) })
	return f, nil
}

// fill adds f.N posts and keeps some of all ages.
func fill[S any](f *Figures, x Index[S], text func(i int) string, took []time.Duration, kept *[]string, stop func() error) error {
	n := f.N
	sketches := make([]S, 0, batch)
	var sketching, adding, longest, wait time.Duration
	for i := 0; i < n; {
		if err := stop(); err != nil {
			return err
		}
		texts := make([]string, 0, batch)
		for j := i; j < min(i+batch, n); j++ {
			texts = append(texts, text(j))
			if j%max(n/copies, 1) == 0 && j%7 != 0 { // of no family
				*kept = append(*kept, texts[j-i])
			}
		}
		begin := clock()
		sketches = sketches[:0]
		for _, t := range texts {
			sketches = append(sketches, x.Sketch(t))
		}
		sketching += clock() - begin
		last, mallocs := i >= n-n/10-batch, uint64(0)
		if last {
			mallocs = allocations()
		}
		for _, s := range sketches {
			wall, begin := time.Now(), clock()
			if err := x.Add(uint64(i), s); err != nil {
				return err
			}
			d := clock() - begin
			adding += d
			longest, wait = max(longest, d), max(wait, time.Since(wall))
			if last {
				took = append(took, d)
			}
			i++
		}
		if last {
			f.AddAllocs += float64(allocations() - mallocs)
		}
	}
	f.AddAllocs /= float64(len(took))
	f.AddMean, _, f.AddP99 = spread(took)
	f.Stall, f.Wait = longest.Seconds()*1e3, wait.Seconds()*1e3
	f.Sketch = float64(sketching.Nanoseconds()) / 1e3 / float64(n)
	if x.Ready != nil {
		begin := clock()
		x.Ready()
		f.Ready = (clock() - begin).Seconds() * 1e3
	}
	f.Rebuild = ((sketching + adding).Seconds() + f.Ready/1e3) / float64(n) * 1e6
	return nil
}

// checks asks for n posts, of which none is stored, or fewer of who takes too long.
func checks[S any](x Index[S], took []time.Duration, n int, text func(i int) string) (mean, p50, p99, allocs float64) {
	sketches := make([]S, 0, batch)
	mallocs := uint64(0)
	for i, begin := 0, time.Now(); i < n && time.Since(begin) < patience; i += batch {
		sketches = sketches[:0]
		for j := range batch {
			sketches = append(sketches, x.Sketch(text(i+j)))
		}
		was := allocations()
		for _, s := range sketches {
			begin := clock()
			x.Check(s)
			took = append(took, clock()-begin)
		}
		mallocs += allocations() - was
	}
	allocs = float64(mallocs) / float64(len(took))
	mean, p50, p99 = spread(took)
	return mean, p50, p99, allocs
}

// spread tells the mean, the median and the 99th of 100, in microseconds. It sorts.
func spread(took []time.Duration) (mean, p50, p99 float64) {
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	slices.Sort(took)
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	return us(sum) / float64(len(took)), us(took[len(took)/2]), us(took[len(took)*99/100])
}

// heap is the memory in use, in bytes: with what the allocator loses between, and without.
func heap() (inUse, live int64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools held until the first
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse), int64(m.HeapAlloc)
}

func allocations() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
