package i18n

import (
	"testing"
	"time"
)

func TestUrduDigits(t *testing.T) {
	p := New("ur", time.FixedZone("PKT", 5*3600)).WithDigits(UrduDigits)
	f := func(v float64) *float64 { return &v }
	at := time.Date(2026, 5, 28, 7, 40, 0, 0, p.Zone)
	for _, tt := range []struct{ what, got, want string }{
		{"Int", string(p.Int(-1284310)), "−۱٬۲۸۴٬۳۱۰"},
		{"Count", string(p.Count(f(1234))), "۱٬۲۳۴"},
		{"Count, unknown", string(p.Count(nil)), "–"},
		{"Gain", string(p.Gain(f(56789))), "+۵۶٬۷۸۹"},
		{"Gain of nothing", string(p.Gain(f(0.2))), "۰"},
		{"Percent", string(p.Percent(f(0.02411), 2)), "۲٫۴۱٪"},
		{"Change", string(p.Change(f(0.182))), "+۱۸٫۲٪"},
		{"Points", string(p.Points(f(0.024), f(0.027))), "−۰٫۳"},
		{"Decimal", string(p.Decimal(5, 1)), "۵٫۰"},
		{"Date", string(p.Date(at)), "۲۸ مئی ۲۰۲۶"},
		{"Moment", string(p.Moment(at, at)), "۲۸ مئی، ۰۷:۴۰"},
		{"Days", string(p.Days(at.AddDate(0, 0, -27), at)), "۱ تا ۲۸ مئی ۲۰۲۶"},
		{"a text with digits of its own", p.Text("period.28d"), "۲۸ دن"},
		// A handle is a name: its digits stay.
		{"a text with a handle", p.Text("collection.collect_name", "Name", "@health1"), New("ur", p.Zone).Text("collection.collect_name", "Name", "@health1")},
		{"English", string(New("en", p.Zone).WithDigits(UrduDigits).Int(1234)), "1,234"},
		{"Latin by choice", string(p.WithDigits("").Int(1234)), "1,234"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, tt.got, tt.want)
		}
	}
}
