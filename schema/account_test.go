package schema

import "testing"

func TestFeedHandle(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.health.gos.pk/feed/":            "health.gos.pk",
		"http://Health.gos.pk":                       "health.gos.pk",
		"https://health.gos.pk/rss.xml":              "health.gos.pk",
		"https://health.gos.pk:8443/index.xml?x=1":   "health.gos.pk",
		"https://www.gos.pk/health/News/atom.xml":    "gos.pk-health-news",
		"https://gos.pk/%D8%B5%D8%AD%D8%AA/feed":     "gos.pk-صحت",
		"https://gos.pk/a b/feed":                    "gos.pk",
		"https://health.gos.pk/podcast/radio.v2.xml": "health.gos.pk-podcast-radio.v2",
		"health.gos.pk/feed":                         "",
		"ftp://health.gos.pk/feed":                   "",
		"https://user:secret@health.gos.pk/feed":     "",
		"https:///feed":                              "",
		"https://[::1/feed":                          "",
		"":                                           "",
	} {
		if got := FeedHandle(address); got != want {
			t.Errorf("FeedHandle(%q): got %q, want %q", address, got, want)
		}
	}
}
