// Package cases contains what the bench proves, each as a case with a name.
package cases

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// Case is one property that is proven.
type Case struct {
	Name string // SUITE/NAME
	Fast bool   // among those that .ci/run runs
	Own  bool   // also runs on a user's cluster: it needs no stand-in
	Run  func(*T)
}

// Suite is a set of cases that run concurrently. Suites run one after the other.
type Suite struct {
	Name  string
	Cases []Case
}

// Suites are all of them, in order: the permissions are read from what the others have done.
func Suites() []Suite {
	return []Suite{dryRuns(), scripts(), pushes(), severalHosts(), approvals(), canaries(), deliveries(), rights()}
}

// T is a running case.
type T struct {
	*Bench
	Ctx  context.Context
	Name string

	mu      sync.Mutex
	notes   []string
	cleanup []func()
}

type failure struct{ text string }
type skipped struct{ reason string }

// Fatalf ends the case as failed.
func (t *T) Fatalf(format string, arguments ...any) {
	panic(failure{fmt.Sprintf(format, arguments...)})
}

// Skipf ends the case, which proves nothing here.
func (t *T) Skipf(format string, arguments ...any) {
	panic(skipped{fmt.Sprintf(format, arguments...)})
}

// Must ends the case over an error.
func (t *T) Must(err error) {
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// Notef records what is printed if the case fails.
func (t *T) Notef(format string, arguments ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, time.Now().UTC().Format("15:04:05 ")+fmt.Sprintf(format, arguments...))
}

// Cleanup runs when the case is over.
func (t *T) Cleanup(f func()) {
	t.cleanup = append(t.cleanup, f)
}

// Until calls LOOK until it returns true: first four times a second, and less often the longer it takes. Its words
// are printed if that never happens; the limit is only there for what hangs.
func (t *T) Until(limit time.Duration, what string, look func() (bool, string)) {
	started := time.Now()
	last := ""
	for {
		done, words := look()
		if done {
			return
		}
		if words != last {
			t.Notef("%s: %s", what, words)
			last = words
		}
		if died := t.Plane.Died(); died != nil {
			t.Fatalf("%v", died)
		}
		if time.Since(started) > limit {
			t.Fatalf("in %s it did not come to this: %s; last: %s", limit, what, words)
		}
		select {
		case <-t.Ctx.Done():
			t.Fatalf("interrupted while waiting for this: %s", what)
		case <-time.After(min(250*time.Millisecond+time.Since(started)/20, 2*time.Second)):
		}
	}
}

// Result of a case.
type Result struct {
	Case    string
	Seconds float64
	Failed  string
	Skipped string
}

// Choose selects the cases that match a pattern, or all.
func Choose(suites []Suite, patterns []string, fits func(Case) bool) ([]Suite, error) {
	used := make([]bool, len(patterns))
	var chosen []Suite
	for _, suite := range suites {
		kept := Suite{Name: suite.Name}
		for _, c := range suite.Cases {
			named := len(patterns) == 0
			for i, pattern := range patterns {
				whole, err := path.Match(pattern, c.Name)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", pattern, err)
				}
				if whole || pattern == suite.Name {
					named, used[i] = true, true
				}
			}
			if named && fits(c) {
				kept.Cases = append(kept.Cases, c)
			}
		}
		if len(kept.Cases) > 0 {
			chosen = append(chosen, kept)
		}
	}
	for i, pattern := range patterns {
		if !used[i] {
			return nil, fmt.Errorf("there is no case %s; --list shows them", pattern)
		}
	}
	return chosen, nil
}

// Run runs suites and reports each case when it has finished.
func Run(ctx context.Context, bench *Bench, suites []Suite, out io.Writer) []Result {
	var results []Result
	for _, suite := range suites {
		fmt.Fprintf(out, "\n%s\n", suite.Name)
		done := make(chan Result)
		for _, c := range suite.Cases {
			go func() { done <- run(ctx, bench, c, out) }()
		}
		for range suite.Cases {
			result := <-done
			results = append(results, result)
			tell(out, result)
		}
		if ctx.Err() != nil {
			break
		}
	}
	slices.SortFunc(results, func(a, b Result) int { return strings.Compare(a.Case, b.Case) })
	return results
}

func tell(out io.Writer, result Result) {
	switch {
	case result.Failed != "":
		fmt.Fprintf(out, "  FAILED   %6.1f s  %s\n", result.Seconds, result.Case)
		fmt.Fprintf(out, "      %s\n", strings.ReplaceAll(strings.TrimSpace(result.Failed), "\n", "\n      "))
	case result.Skipped != "":
		fmt.Fprintf(out, "  skipped            %s: %s\n", result.Case, result.Skipped)
	default:
		fmt.Fprintf(out, "  ok       %6.1f s  %s\n", result.Seconds, result.Case)
	}
}

func run(ctx context.Context, bench *Bench, c Case, out io.Writer) (result Result) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &T{Bench: bench, Ctx: ctx, Name: c.Name}
	started := time.Now()
	result.Case = c.Name
	defer func() {
		result.Seconds = time.Since(started).Seconds()
		switch reason := recover().(type) {
		case nil:
		case skipped:
			result.Skipped = reason.reason
		case failure:
			t.mu.Lock()
			result.Failed = strings.Join(append([]string{reason.text}, t.notes...), "\n")
			t.mu.Unlock()
		default:
			result.Failed = fmt.Sprintf("panic: %v\n%s", reason, debug.Stack())
		}
		cancel()
		for _, f := range slices.Backward(t.cleanup) {
			f()
		}
	}()
	if os.Getenv("BENCH_VERBOSE") != "" {
		fmt.Fprintf(out, "  begins             %s\n", c.Name)
	}
	c.Run(t)
	return result
}
