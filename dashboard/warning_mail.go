package dashboard

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"math"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// warningTemplate is the mail's HTML.
var warningTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(templateFiles, "templates/mail/warning.html")
})

// warningMail is what the mail shows.
type warningMail struct {
	*i18n.Printer
	Subject  string
	What, Do string
}

// LapseWarning writes the mail that the permission to read an account ends then.
func (r *Reporter) LapseWarning(language string, a schema.Account, lapses time.Time) (subject, text, html string, err error) {
	zone, now := r.Zone, time.Now
	if zone == nil {
		zone = time.UTC
	}
	if r.Now != nil {
		now = r.Now
	}
	p := i18n.New(cmp.Or(language, "en"), zone)
	name, platform := i18n.Words(cmp.Or(a.Name, "@"+a.Handle)), i18n.Words(platformName(p, a.Platform))
	days := max(int(math.Ceil(lapses.Sub(now()).Hours()/24)), 1)
	m := warningMail{Printer: p,
		Subject: p.Text("warning.subject", "Name", name, "Platform", platform, "Count", days),
		What:    p.Text("warning.what", "Name", name, "Platform", platform, "When", p.Date(lapses.In(zone))),
		Do:      p.Text("warning.do"),
	}
	t, err := warningTemplate()
	if err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "warning", m); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	return m.Subject, m.What + "\n\n" + m.Do + "\n\n" + p.Text("mail.why") + "\n", b.String(), nil
}
