package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"time"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

// benchImport measures the import of a million rows that were made up, from a
// CSV file into a new store, both passes and all checks included; and how much
// memory of ours it takes, beside a tenth of the rows: it should take the same,
// but for some 35 bytes of each by which a repeated row is known.
func benchImport(ctx context.Context, report func(measure) error) error {
	const rows = 1_000_000
	small, err := importOnce(ctx, rows/10)
	if err != nil {
		return err
	}
	all, err := importOnce(ctx, rows)
	if err != nil {
		return err
	}
	detail := map[string]any{
		"rows": rows, "seconds": all.took.Seconds(), "file_mib": float64(all.bytes) / (1 << 20),
		"resident_mb": all.resident, "resident_mb_of_a_tenth": small.resident,
	}
	if err := report(measure{Name: "import_rows_per_second", Value: rows / all.took.Seconds(), Unit: "rows/s", Detail: detail}); err != nil {
		return err
	}
	return report(measure{Name: "import_memory", Value: all.heap, Unit: "MB",
		Detail: map[string]any{"of_a_tenth_of_the_rows": small.heap},
		Notes:  []string{"peak of the Go heap while a million rows are imported; the engine's memory is in resident_mb of import_rows_per_second"}}.below(300))
}

// An imported is what one import of the bench took.
type imported struct {
	took           time.Duration
	bytes          int64
	heap, resident float64 // peaks in MB (10⁶ bytes)
}

func importOnce(ctx context.Context, rows int) (took imported, err error) {
	p, closeStore, err := benchStore(ctx)
	if err != nil {
		return took, err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	account := schema.Account{ID: "bench", Department: "bench", Platform: schema.X, Handle: "bench", Name: "Bench", Access: schema.AccessPublic,
		Status: schema.StatusApproved, Version: schema.Version{ChangedBy: "bench"}}
	if err := p.directory.SaveAccount(ctx, account); err != nil {
		return took, err
	}
	m, err := importer.LoadMap("x-archive")
	if err != nil {
		return took, err
	}
	path := filepath.Join(p.store.Dir, "bench.csv")
	if took.bytes, err = writeBenchRows(path, rows); err != nil {
		return took, err
	}

	peak := watchMemory()
	began := time.Now()
	result, err := p.importer().Import(ctx, importer.Request{
		Platform: schema.X, Map: m, Account: "bench", AsOf: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), Actor: "bench",
		Files: []importer.File{{Name: "bench.csv", Path: path}},
	}, nil)
	took.took = time.Since(began)
	took.heap, took.resident = peak()
	if err == nil && result.Kept != uint64(rows) {
		err = fmt.Errorf("%d of %d rows were kept: %v", result.Kept, rows, result.Refusals[:min(len(result.Refusals), 3)])
	}
	return took, err
}

// writeBenchRows writes made-up posts of X, of about 300 bytes each, and
// returns the length of the file.
func writeBenchRows(path string, rows int) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "date,username,replies,retweets,favorites,text,id,permalink")
	first := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		id := 1_271_559_161_583_000_001 + i*7
		fmt.Fprintf(w, "%s,bench,%d,%d,%d,\"Made-up post %d for a measure: the campaign of the week, with a list of places, hours and telephone numbers, and a request to share it with whoever needs it. #Week%d #Campaign https://example.org/%d\",%d,https://x.com/bench/status/%d\n",
			first.Add(time.Duration(i)*4*time.Minute).Format(time.DateTime), i%19, i%101, i%997, i, i%52, i, id, id)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// watchMemory looks at the process's memory until the function it returns is
// called, which returns the peaks of the Go heap and of all that is resident,
// in MB.
func watchMemory() func() (heap, resident float64) {
	stop, done := make(chan struct{}), make(chan struct{})
	var heap, resident float64
	go func() {
		defer close(done)
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			heap = max(heap, float64(sample[0].Value.Uint64())/1e6)
			if mb, err := residentMemory(os.Getpid()); err == nil {
				resident = max(resident, mb)
			}
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() (float64, float64) {
		close(stop)
		<-done
		return heap, resident
	}
}
