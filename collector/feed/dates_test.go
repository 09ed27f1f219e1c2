package feed

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	karachi := time.FixedZone("", 5*3600)
	tests := []struct{ in, want string }{
		// RFC 822 and 2822, as they should be.
		{"Mon, 05 Oct 2026 09:30:00 +0500", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 GMT", "2026-10-05T09:30:00Z"},
		{"05 Oct 26 09:30 UT", "2026-10-05T09:30:00Z"},
		{"Mon, 5 Oct 99 09:30:00 -0430", "1999-10-05T14:00:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 EDT", "2026-10-05T13:30:00Z"},
		// Zones with names: of Pakistan.
		{"Mon, 05 Oct 2026 09:30:00 PKT", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 PST", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 pkt", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 +0500 (PKT)", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 GMT+0500", "2026-10-05T04:30:00Z"},
		// None, or unknown: the local zone, which is Karachi's here.
		{"Mon, 05 Oct 2026 09:30:00", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 09:30:00 XYZ", "2026-10-05T04:30:00Z"},
		{"2026-10-05", "2026-10-04T19:00:00Z"},
		// The weekday is wrong, or in another language.
		{"Fri, 05 Oct 2026 09:30:00 +0000", "2026-10-05T09:30:00Z"},
		{"پیر, 05 Oct 2026 09:30:00 +0000", "2026-10-05T09:30:00Z"},
		// Months in other languages, digits too.
		{"05 اکتوبر 2026 09:30:00 +0500", "2026-10-05T04:30:00Z"},
		{"پیر، ۰۵ اکتوبر ۲۰۲۶ ۰۹:۳۰ +0500", "2026-10-05T04:30:00Z"},
		{"\u200f5 جنوري 2026", "2026-01-04T19:00:00Z"},
		{"05 آڪٽوبر 2026 09:30 PKT", "2026-10-05T04:30:00Z"},
		{"5 أكتوبر 2026 09:30 +0000", "2026-10-05T09:30:00Z"},
		// RFC 3339 and its kin.
		{"2026-10-05T09:30:00Z", "2026-10-05T09:30:00Z"},
		{"2026-10-05T09:30:00.123456+05:00", "2026-10-05T04:30:00Z"},
		{"2026-10-05 09:30:00 +0500", "2026-10-05T04:30:00Z"},
		{"2026-10-05T09:30+05", "2026-10-05T04:30:00Z"},
		// What people type.
		{"October 5, 2026 9:30 pm", "2026-10-05T16:30:00Z"},
		{"Monday, October 5, 2026 at 12:05 AM", "2026-10-04T19:05:00Z"},
		{"5-Oct-2026 09:30:00 PKT", "2026-10-05T04:30:00Z"},
		{"Mon, 05 Oct 2026 23:59:60 GMT", "2026-10-05T23:59:59Z"},
		// No dates.
		{"", ""},
		{"soon", ""},
		{"31 Feb 2026 09:30:00 GMT", ""},
		{"05 Oct 2026 25:30:00 GMT", ""},
		{"2026-13-05T09:30:00Z", ""},
		{"05 Foo 2026 09:30:00 GMT", ""},
	}
	d := newDates(nil, karachi)
	for _, tt := range tests {
		got := ""
		if at, ok := d.parse(date{text: tt.in}); ok {
			got = at.Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("parse(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}

	pacific := newDates(map[string]time.Duration{"pst": -8 * time.Hour}, nil)
	for in, want := range map[string]string{
		"Mon, 05 Oct 2026 09:30:00 PST": "2026-10-05T17:30:00Z",
		"Mon, 05 Oct 2026 09:30:00 PKT": "2026-10-05T04:30:00Z",
		"Mon, 05 Oct 2026 09:30:00":     "2026-10-05T09:30:00Z",
	} {
		if at, _ := pacific.parse(date{text: in}); at.Format(time.RFC3339) != want {
			t.Errorf("with PST set, parse(%q): got %s, want %s", in, at, want)
		}
	}
	if at, ok := d.parse(date{"on the 5th", new(testNow)}); !ok || !at.Equal(testNow) {
		t.Errorf("what only the parser can read: got %s, %v, want its reading %s", at, ok, testNow)
	}
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]int64{"3723": 3723, "62:03": 3723, "1:02:03": 3723, " 0:59 ": 59, "12.5": 12, "1:02:03.5": 3723,
		"": -1, "1:2:3:4": -1, "-5": -1, "1h": -1, "99999999999999:00": -1} {
		got, ok := duration(in)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("duration(%q): got %d, want %d", in, got, want)
		}
	}
}
