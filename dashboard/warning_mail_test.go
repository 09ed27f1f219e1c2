package dashboard

import (
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

func TestLapseWarning(t *testing.T) {
	r := &Reporter{Now: func() time.Time { return noon }, Zone: karachi}
	a := schema.Account{ID: "a", Platform: schema.TikTok, Name: "Health <Department>"}
	for _, tt := range []struct {
		language, subject, text, html string
		left                          time.Duration
	}{
		{"en", "Health <Department> (TikTok): connect again within 7 days", "ends on 4 Jun 2026", "Health &lt;Department&gt; on TikTok", 7 * 24 * time.Hour},
		{"", "connect again within 1 day", "ends on", "<html lang=\"en\" dir=\"ltr\">", time.Hour},
		{"ur", "Health <Department>", "ختم ہو گی", "<html lang=\"ur\" dir=\"rtl\">", 14 * 24 * time.Hour},
	} {
		subject, text, html, err := r.LapseWarning(tt.language, a, noon.Add(tt.left))
		if err != nil || !strings.Contains(subject, tt.subject) || !strings.Contains(text, tt.text) || !strings.Contains(html, tt.html) || strings.Contains(subject+text+html, "[") {
			t.Errorf("in %q: %v\n%s\n%s\n%s", tt.language, err, subject, text, html)
		}
	}
}
