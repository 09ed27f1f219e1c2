package graph

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

func runAt(now time.Time, job collector.Job) *Run {
	return &Run{Job: job, Reader: &Reader{
		Client: &api.Client{Now: func() time.Time { return now }}, Platform: schema.Facebook, Log: slog.New(slog.DiscardHandler),
	}}
}

func TestDaysDue(t *testing.T) {
	now := time.Date(2026, 11, 20, 7, 59, 59, 0, time.UTC) // a second before midnight in California
	for _, tt := range []struct {
		name, left  string
		cursor      collector.Cursor
		now         time.Time
		from, today string // "" not due
	}{
		{"the first time", "", "", now, "2026-11-09", "2026-11-19"},
		{"the next day begins", "", "", now.Add(time.Second), "2026-11-10", "2026-11-20"},
		{"read today", "days=2026-11-19", "", now, "", ""},
		{"read yesterday", "days=2026-11-18", "", now, "2026-11-16", "2026-11-19"},
		{"read long ago", "days=2025-11-18", "", now, "2026-11-09", "2026-11-19"},
		{"cannot be read", "%zz", "", now, "2026-11-09", "2026-11-19"},
		{"in the middle of a pass", "", "until=5", now, "", ""},
		{"over the change of the clock", "", "", time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC), "2026-10-23", "2026-11-02"},
	} {
		left := "nothing"
		d, due := runAt(tt.now, collector.Job{Cursor: tt.cursor, Left: tt.left, Leave: func(s string) { left = s }}).DaysDue(10)
		if due != (tt.from != "") || due && (d.From.Format(time.DateOnly) != tt.from || d.Today.Format(time.DateOnly) != tt.today || d.From.Hour() != 0) {
			t.Errorf("%s: due %v, from %s to %s; want from %q to %q", tt.name, due, d.From, d.Today, tt.from, tt.today)
		}
		if tt.left != "" && left != tt.left {
			t.Errorf("%s: left %q, want what was left before to hold on", tt.name, left)
		}
	}
	if _, due := runAt(now, collector.Job{}).DaysDue(10); due {
		t.Error("due although no word of it can be left")
	}
}

func TestDays(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	body := `{"data":[
		{"name":"a","period":"day","values":[{"value":3,"end_time":"2026-07-04T07:00:00+0000"},{"value":0,"end_time":"2026-11-20T08:00:00+0000"}]},
		{"name":"b","period":"day","values":[{"end_time":"2026-07-04T07:00:00+0000"},{"value":{},"end_time":"2026-07-05T07:00:00+0000"}]},
		{"name":"c","values":[{"value":{"like":2},"end_time":"2026-07-04T07:00:00+0000"}]},
		{"name":"d","period":"day","total_value":{"value":7,"breakdowns":[]}},
		{"name":"e","period":"week","values":[{"value":3,"end_time":"2026-07-04T07:00:00+0000"}]},
		{"name":"f","period":"day","values":[{"value":-3,"end_time":"2026-07-04T07:00:00+0000"},{"value":3},{"value":3,"end_time":"2031-07-04T07:00:00+0000"}]}]}`
	var in InsightsBody
	if _, err := api.Graph(&api.Answer{Status: 200, Body: []byte(body)}, &in); err != nil {
		t.Fatal(err)
	}
	g := new(Reading)
	rows := runAt(at, collector.Job{}).days(g, &api.Answer{At: at}, &in, time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC))
	got := map[string]*int64{}
	for _, r := range rows {
		got[r.Metric+" "+r.Day.Format(time.DateOnly)] = r.Value
	}
	want := map[string]*int64{"a 2026-07-03": new(int64(3)), "a 2026-11-19": new(int64(0)), "b 2026-07-03": nil, "c.like 2026-07-03": new(int64(2)), "d 2026-11-19": new(int64(7))}
	if d := cmp.Diff(want, got); d != "" || len(g.problems) != 3 {
		t.Errorf("days, with %d problems, want 3 (-want +got):\n%s", len(g.problems), d)
	}
}

func FuzzDays(f *testing.F) {
	f.Add([]byte(`{"data":[{"name":"a","values":[{"value":3,"end_time":"2026-07-04T07:00:00+0000"}]},{"name":"b","total_value":{"value":{"x":-1}}}]}`))
	f.Add([]byte(`{"data":[{"name":"a\u0000","period":"day","values":[{"value":"3","end_time":"x"},7]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		a := &api.Answer{Status: 200, At: at, Body: b}
		var in InsightsBody
		if _, err := api.Graph(a, &in); err != nil {
			return
		}
		for _, r := range runAt(at, collector.Job{}).days(new(Reading), a, &in, at) {
			if !isName(r.Metric) || r.Value != nil && *r.Value < 0 || r.Day.Before(firstDay.AddDate(0, 0, -2)) || !r.Day.Equal(r.Day.Truncate(24*time.Hour)) {
				t.Errorf("figure %+v", r)
			}
		}
	})
}
