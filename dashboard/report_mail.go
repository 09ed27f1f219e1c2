package dashboard

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// The mail around a report: the headline figures in its body, as text and as
// HTML, in the languages of the paper.

// mailTemplate is the mail's HTML. Mail readers take styles from the elements
// alone, so this page has them inline.
var mailTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(templateFiles, "templates/mail/report.html")
})

// mailSubject returns the subject: what, of when, about whom.
func (p reportPage) mailSubject() string {
	parts := make([]string, len(p.Sheets))
	for i, s := range p.Sheets {
		parts[i] = s.Text("mail.subject", "Period", i18n.Words(s.Period), "Scope", i18n.Words(s.Scope))
	}
	return strings.Join(parts, " · ")
}

// mailText returns the body for readers of plain text.
func (p reportPage) mailText() string {
	var b strings.Builder
	for i, s := range p.Sheets {
		if i > 0 {
			b.WriteString("\n----\n\n")
		}
		fmt.Fprintf(&b, "%s\n%s · %s\n\n", s.Title, s.Period, s.Scope)
		for _, f := range s.Figures {
			fmt.Fprintf(&b, "%s: %s (%s)\n", f.Name, s.isolated(f.Value), f.Change.text(s.Printer))
			if f.Note.key != "" {
				fmt.Fprintf(&b, "  %s\n", f.Note.text(s.Printer))
			}
		}
		fmt.Fprintf(&b, "\n%s\n", s.plain(s.Against))
		if s.ToDate != "" {
			fmt.Fprintf(&b, "%s\n", s.plain(s.ToDate))
		}
		for _, c := range s.Coverage {
			fmt.Fprintf(&b, "%s\n", s.plain(c))
		}
		fmt.Fprintf(&b, "%s\n\n%s\n%s\n", s.plain(s.Origin), s.Text("mail.attached"), s.Text("mail.why"))
	}
	return b.String()
}

// isolated keeps a number from turning around in a text from right to left.
func (s sheet) isolated(n i18n.Num) string {
	if s.RTL() {
		return "\u2066" + string(n) + "\u2069"
	}
	return string(n)
}

// mailHTML returns the body for readers of HTML.
func (p reportPage) mailHTML() (string, error) {
	t, err := mailTemplate()
	if err != nil {
		return "", fmt.Errorf("mail: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "mail", p); err != nil {
		return "", fmt.Errorf("mail: %w", err)
	}
	return b.String(), nil
}

// plain returns what a reader sees of a sentence of ours; from right to left,
// numbers and names keep their isolation.
func (s sheet) plain(h template.HTML) string {
	var b strings.Builder
	for left := string(h); left != ""; {
		before, rest, tag := strings.Cut(left, "<")
		b.WriteString(before)
		if !tag {
			break
		}
		name, after, _ := strings.Cut(rest, ">")
		switch {
		case !s.RTL():
		case name == "/bdi":
			b.WriteString("\u2069")
		case strings.HasPrefix(name, "bdi") && strings.Contains(name, "num"):
			b.WriteString("\u2066")
		case strings.HasPrefix(name, "bdi"):
			b.WriteString("\u2068")
		}
		left = after
	}
	return unescape.Replace(b.String())
}

// unescape turns back what html/template escapes.
var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'")
