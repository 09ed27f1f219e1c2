package importer

import (
	"context"
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

// BenchmarkCheck reads, maps and checks rows, and writes none.
func BenchmarkCheck(b *testing.B) {
	const rows = 50_000
	im := open(b, health)
	req := Request{Platform: schema.Instagram, Map: builtIn(b, "fanpage-karma"), AsOf: day(b, "2025-04-30"), Files: []File{file(b, "health.csv", manyRows(rows))}}
	b.ReportAllocs()
	for b.Loop() {
		p, err := im.plan(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		s := scan{plan: p, keep: func(context.Context, *Row) error { return nil }, refuse: func(context.Context, Refusal) error { return nil }}
		if r, err := s.run(b.Context()); err != nil || r.Kept != rows {
			b.Fatalf("kept %v, %v", r, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkImport also writes them.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	im := open(b, health)
	req := Request{Platform: schema.Instagram, Map: builtIn(b, "fanpage-karma"), AsOf: day(b, "2025-04-30"), Files: []File{file(b, "health.csv", manyRows(rows))}, Actor: "bench"}
	for b.Loop() {
		if r, err := im.Import(b.Context(), req, nil); err != nil || r.Kept != rows {
			b.Fatalf("kept %v, %v", r, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
