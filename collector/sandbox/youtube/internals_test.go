package youtube

import "testing"

func TestRounded(t *testing.T) {
	for n, want := range map[int64]int64{-1: -1, 0: 0, 7: 7, 999: 999, 1000: 1000, 1009: 1000, 10_743_219: 10_700_000, 19_999_999: 19_900_000, 123_456: 123_000} {
		if got := rounded(n); got != want {
			t.Errorf("rounded(%d): got %d, want %d", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[int64]string{12: "PT12S", 60: "PT1M", 337: "PT5M37S", 3600: "PT1H", 7384: "PT2H3M4S"} {
		if got := (&video{seconds: seconds}).duration(0); got != want {
			t.Errorf("duration of %d seconds: got %s, want %s", seconds, got, want)
		}
	}
}

// The parts of the languages are a whole, and every language has its phrases.
func TestTongues(t *testing.T) {
	sum := 0.0
	for _, l := range tongues {
		sum += l.part
	}
	if sum < 0.9999 || sum > 1.0001 {
		t.Errorf("parts of the languages: %v in all", sum)
	}
	for _, about := range topics {
		for l := range tongues {
			if about.tags[l] == "" || about.phrases[l][2] == "" {
				t.Errorf("topic %s lacks words in %s", about.tags[0], tongues[l].code)
			}
		}
	}
}
