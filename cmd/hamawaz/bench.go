package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

type benchCmd struct {
	Observations uint64   `help:"Readings in the store for the pages' measures." default:"10000000"`
	Only         []string `help:"Only these measures: collect, platforms, backfill, pages, import, process."`
}

// A measure is one line of the bench.
type measure struct {
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
	Goal   string   `json:"goal,omitempty"`
	Met    *bool    `json:"met,omitempty"`
	Detail any      `json:"detail,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// below and above say whether the goal is met.
func (m measure) below(goal float64) measure {
	return m.judged(m.Value < goal, fmt.Sprintf("< %g", goal))
}
func (m measure) above(goal float64) measure {
	return m.judged(m.Value >= goal, fmt.Sprintf(">= %g", goal))
}
func (m measure) judged(met bool, goal string) measure {
	m.Goal, m.Met = goal, &met
	return m
}

// Run prints one JSON line for each measure. A goal that is missed is said in
// the line, and is no failure: machines differ.
func (c *benchCmd) Run(ctx context.Context, out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	parts := []struct {
		name string
		run  func(context.Context, func(measure) error) error
	}{
		{"collect", benchCollect},
		{"platforms", benchPlatforms},
		{"backfill", benchBackfill},
		{"pages", c.benchPages},
		{"import", benchImport},
		{"process", benchProcess},
	}
	for _, p := range parts {
		if len(c.Only) > 0 && !slices.Contains(c.Only, p.name) {
			continue
		}
		began := time.Now()
		err := p.run(ctx, func(m measure) error { return e.Encode(m) })
		if err != nil {
			return fmt.Errorf("bench %s: %w", p.name, err)
		}
		fmt.Fprintf(stderr, "bench %s took %s on %d cores\n", p.name, time.Since(began).Round(time.Second), runtime.NumCPU())
	}
	return nil
}

// benchStore opens a new embedded store that goes away with the returned
// function.
func benchStore(ctx context.Context) (*parts, func() error, error) {
	dir, err := os.MkdirTemp("", "hamawaz-bench-")
	if err != nil {
		return nil, nil, err
	}
	p, err := openStore(ctx, storeSettings{Data: dir, Zone: "Asia/Karachi", LogLevel: "error"}, true)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.log = slog.New(slog.DiscardHandler)
	return p, func() error { return errors.Join(p.close(), os.RemoveAll(dir)) }, nil
}

// middle returns the median.
func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

var benchClock = schema.NewClock(demoStart, 1)
