package collector

import (
	"testing"
	"time"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPlan(t *testing.T) {
	now := at("2024-06-01 12:00")
	year := 365 * day
	// pass returns a complete pass that began at the time and read back as far.
	pass := func(began string, back time.Duration) Run {
		b := at(began)
		return Run{PassStartedAt: b, StartedAt: b, Complete: true, Depth: b.Add(-back)}
	}
	tests := []struct {
		name    string
		history History
		depth   time.Duration // how far back; 0: nothing due
		due     []time.Duration
		notDue  []time.Duration
	}{
		{"never read", nil, year, []time.Duration{0, 2 * day, 20 * day, 80 * day, 200 * day}, nil},
		{"all read half an hour ago", History{pass("2024-06-01 11:30", year)}, 0, nil, []time.Duration{0, 2 * day, 200 * day}},
		{"all read an hour ago", History{pass("2024-06-01 11:00", year)}, day, []time.Duration{0, day}, []time.Duration{2 * day, 20 * day}},
		{
			"week one is due, and with it day one",
			History{pass("2024-06-01 11:30", day), pass("2024-06-01 06:00", year)},
			7 * day, []time.Duration{time.Hour, 2 * day, 7 * day}, []time.Duration{8 * day},
		},
		{
			"daily",
			History{pass("2024-06-01 11:30", 7*day), pass("2024-05-31 12:00", year)},
			30 * day, []time.Duration{time.Hour, 2 * day, 8 * day, 30 * day}, []time.Duration{31 * day},
		},
		{
			"weekly and monthly",
			History{pass("2024-06-01 11:30", 30*day), pass("2024-05-02 12:00", year)},
			year, []time.Duration{time.Hour, 2 * day, 31 * day, 91 * day}, nil,
		},
		{
			"a pass that was not complete counts for nothing",
			History{{PassStartedAt: at("2024-06-01 11:50"), Depth: at("2023-06-01 12:00")}},
			year, []time.Duration{0, 200 * day}, nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPlan(now, year, tt.history.Covered)
			if p.Due() != (tt.depth > 0) {
				t.Errorf("Due() = %v", p.Due())
			}
			if got := now.Sub(p.Depth()); got != tt.depth {
				t.Errorf("Depth() lies %s back, want %s", got, tt.depth)
			}
			for _, age := range tt.due {
				if !p.PostDue(now.Add(-age)) {
					t.Errorf("PostDue(%s old) = false", age)
				}
			}
			for _, age := range tt.notDue {
				if p.PostDue(now.Add(-age)) {
					t.Errorf("PostDue(%s old) = true", age)
				}
			}
		})
	}
}

func TestNextDue(t *testing.T) {
	h := History{
		{PassStartedAt: at("2024-06-01 11:30"), Complete: true, Depth: at("2024-05-31 11:30")},
		{PassStartedAt: at("2024-06-01 06:10"), Complete: true, Depth: at("2023-06-02 06:10")},
	}
	if got, want := NextDue(365*day, h.Covered), at("2024-06-01 12:10"); !got.Equal(want) {
		t.Errorf("NextDue = %s, want %s: week one, six hours after 06:10", got, want)
	}
	if got := NextDue(365*day, History{}.Covered); !got.IsZero() {
		t.Errorf("NextDue without a history = %s, want at once", got)
	}
}

func TestWaitUntil(t *testing.T) {
	end, retry := at("2024-06-01 12:00"), at("2024-06-01 12:40")
	for _, tt := range []struct {
		outcome Outcome
		retry   *time.Time
		want    time.Time
	}{
		{OutcomeOK, nil, time.Time{}},
		{OutcomeWait, &retry, retry},
		{OutcomeWait, nil, end.Add(time.Hour)},
		{OutcomeReconnect, nil, end.Add(day)},
		{OutcomeFixRequest, nil, end.Add(day)},
		{OutcomeGone, nil, end.Add(7 * day)},
		{OutcomeRetry, nil, end.Add(5 * time.Minute)},
		{OutcomeOK, &retry, retry},
		{OutcomeRetry, &retry, retry},
		{OutcomeGone, &retry, end.Add(7 * day)},
	} {
		h := History{{Outcome: tt.outcome, FinishedAt: &end, RetryAt: tt.retry}}
		if got := h.WaitUntil(); !got.Equal(tt.want) {
			t.Errorf("WaitUntil after %s = %s, want %s", tt.outcome, got, tt.want)
		}
	}
	if got := (History{{Outcome: ""}}).WaitUntil(); !got.IsZero() {
		t.Errorf("WaitUntil while a run is under way = %s, want none", got)
	}
}
