package dashboard

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

// fakeImports answers with what it holds, and remembers what it was asked.
type fakeImports struct {
	mu       sync.Mutex
	maps     []importer.Map
	batches  []importer.Batch
	refusals []importer.Refusal
	preview  *importer.Preview
	result   *importer.Result
	err      error // of preview and import
	down     error // of everything else
	asked    []importer.Request
	undone   []string // "id by"
	hold     chan struct{}
}

func (f *fakeImports) Maps(context.Context) ([]importer.Map, error) {
	return append(importer.BuiltIn(), f.maps...), f.down
}

func (f *fakeImports) Map(ctx context.Context, name string) (importer.Map, error) {
	all, err := f.Maps(ctx)
	if i := slices.IndexFunc(all, func(m importer.Map) bool { return m.Name == name }); i >= 0 {
		return all[i], err
	}
	return importer.Map{}, fmt.Errorf("map: %w", schema.ErrNotFound)
}

func (f *fakeImports) ask(ctx context.Context, req importer.Request, progress func(importer.Progress)) error {
	f.mu.Lock()
	f.asked = append(f.asked, req)
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		progress(importer.Progress{Rows: 1200, Bytes: 30, TotalBytes: 100})
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fakeImports) Preview(ctx context.Context, req importer.Request, _ int, progress func(importer.Progress)) (*importer.Preview, error) {
	if err := f.ask(ctx, req, progress); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.preview, nil
}

func (f *fakeImports) Import(ctx context.Context, req importer.Request, progress func(importer.Progress)) (*importer.Result, error) {
	if err := f.ask(ctx, req, progress); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.result, nil
}

func (f *fakeImports) Undo(_ context.Context, id, actor string) (importer.Undone, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.undone = append(f.undone, id+" "+actor)
	for i, b := range f.batches {
		if b.ID == id {
			f.batches[i].State = importer.StateUndone
		}
	}
	return importer.Undone{Accounts: []importer.AccountResult{{ID: "d01-a", Rows: 5}}}, f.down
}

func (f *fakeImports) List(context.Context) ([]importer.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.batches), f.down
}

func (f *fakeImports) Batch(ctx context.Context, id string) (importer.Batch, error) {
	all, err := f.List(ctx)
	if i := slices.IndexFunc(all, func(b importer.Batch) bool { return b.ID == id }); i >= 0 {
		return all[i], err
	}
	return importer.Batch{}, fmt.Errorf("import: %w", schema.ErrNotFound)
}

func (f *fakeImports) Refusals(_ context.Context, _ string, limit, offset int) ([]importer.Refusal, error) {
	from := min(offset, len(f.refusals))
	return f.refusals[from:min(from+limit, len(f.refusals))], f.down
}

// ImportedAccounts answers for the import "import-done" alone.
func (s *fakeStats) ImportedAccounts(_ context.Context, id string) ([]analytics.ImportedAccount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id != "import-done" {
		return nil, s.err
	}
	return []analytics.ImportedAccount{{ID: "d01-a", Readings: 37885, First: noon.AddDate(0, -1, 0), Last: noon.AddDate(0, -1, 0),
		Reactions: f(32205838), Comments: f(1490509), Reach: f(9000), ReactionsUnknown: 224, CommentsUnknown: 2, ReachUnknown: 37880}}, s.err
}

func (q *fakeQueue) RollUp(_ context.Context, id schema.AccountID, from time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	day := "all"
	if !from.IsZero() {
		day = from.UTC().Format(time.DateOnly)
	}
	q.rolled = append(q.rolled, string(id)+" "+day)
	return q.err
}

type fakeReadings struct {
	mu   sync.Mutex
	kept []schema.Observation
	err  error
}

func (r *fakeReadings) AddReading(_ context.Context, o schema.Observation) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.kept = append(r.kept, o)
	}
	return r.err
}

func sampleBatches() []importer.Batch {
	b := importer.Batch{ID: "import-done", Platform: schema.Instagram, Files: []string{"governo.csv", "estado.csv.gz"}, Hashes: []string{"0123456789abcdef", "fedcba9876543210"},
		MapName: "fanpage-karma", AsOf: tm(noon.AddDate(0, -1, 0)), Accounts: "file", State: importer.StateDone, StartedAt: noon.Add(-time.Hour), FinishedAt: tm(noon),
		Read: 37889, Kept: 37885, Repeated: 1, Refused: 3, Unread: 224, Actor: "p-analyst", Warnings: []string{"governo.csv: 3 of 90 rows do not add up"}}
	died, undone, command := b, b, b
	died.ID, died.State, died.FinishedAt, died.Accounts, died.AsOf, died.Files = "import-died", importer.StateRunning, nil, "account d01-a", nil, []string{"half.xlsx"}
	undone.ID, undone.State, undone.Files = "import-undone", importer.StateUndone, []string{"wrong.csv", "2.csv", "3.csv", "4.csv", "5.csv", "6.csv"}
	command.ID, command.Actor, command.Accounts, command.MapName = "import-command", "command line", "columns", "ہماری فہرست"
	return []importer.Batch{died, b, undone, command}
}
