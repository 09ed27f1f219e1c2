package sandbox

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// Days of California agree with the zone database, on every hour of ten years.
func TestPacificDays(t *testing.T) {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2030; at = at.Add(time.Hour) {
		local := at.In(zone)
		if _, offset := local.Zone(); PacificOffset(at.Unix()) != int64(offset) {
			t.Fatalf("PacificOffset(%s): got %d, want %d", at, PacificOffset(at.Unix()), offset)
		}
		begin := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
		if got := PacificMidnight(at.Unix()); got != begin.Unix() {
			t.Fatalf("PacificMidnight(%s): got %s, want %s", at, time.Unix(got, 0).UTC(), begin.UTC())
		}
		end := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
		if got := NextPacificMidnight(at.Unix()); got != end.Unix() {
			t.Fatalf("NextPacificMidnight(%s): got %s, want %s", at, time.Unix(got, 0).UTC(), end.UTC())
		}
	}
}
